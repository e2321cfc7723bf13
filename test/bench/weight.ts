import { type AttributeValue, ScanCommand } from "@aws-sdk/client-dynamodb";
import { type Item, size, type Value } from "@posthouse/local/dynamodb/item";
import { table } from "@posthouse/local/resources";
import { createClient } from "./api.ts";
import { next } from "./cost.ts";
import type { Bytes } from "./money.ts";
import { createAccount, startWorld } from "./world.ts";

/** Bytes that a mail has in the table, all index rows included, and what DynamoDB adds for each item and row. */
export async function weigh(): Promise<Bytes> {
  const world = await startWorld();
  try {
    const send = createClient(world.ports)(await createAccount(world.ports, "bench"));
    const id = await send();
    await (await next(world, "dispatch"))();
    const { Items = [] } = await world.clients.dynamodb.send(new ScanCommand({ TableName: table }));
    const [body, rest] = [
      Items.filter(isBody),
      Items.filter((item) => !isBody(item) && JSON.stringify(item).includes(id)),
    ];
    return { body: sum(body.map(bytesOf)), head: sum(rest.map(bytesOf)) };
  } finally {
    await world.close();
  }
}

const isBody = ({ pk }: Stored): boolean => pk?.S?.startsWith("BODY#") ?? false;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const overhead = 100;

/** An item and its rows in the indexes of keys only. */
function bytesOf(item: Stored): number {
  const own = size(plain(item));
  const keys = (names: readonly string[]) => size(plain(Object.fromEntries(names.map((name) => [name, item[name]]))));
  const rows = ["due", "list", "mark", "recipient"].filter((index) => item[`${index}_pk`] !== undefined);
  return own + overhead + sum(rows.map((index) => keys(["pk", "sk", `${index}_pk`, `${index}_sk`]) + overhead));
}

type Stored = Record<string, AttributeValue>;

/** As the embedded DynamoDB weighs it: bytes as base64. */
const plain = (item: Record<string, AttributeValue | undefined>): Item =>
  Object.fromEntries(
    Object.entries(item).map(([name, value]) => [
      name,
      value?.B ? { B: Buffer.from(value.B).toString("base64") } : (value as Value),
    ]),
  );
