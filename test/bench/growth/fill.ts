import { createHash } from "node:crypto";
import { marshall } from "@aws-sdk/util-dynamodb";
import { load } from "@posthouse/core/configuration/load";
import type { Version } from "@posthouse/core/database/version";
import { draft } from "@posthouse/core/email/draft";
import { make } from "@posthouse/core/email/outline";
import { make as makeId } from "@posthouse/core/id";
import type { Ports } from "@posthouse/core/ports/main";
import * as Dynalite from "@posthouse/local/dynamodb/dynalite";
import type { Item } from "@posthouse/local/dynamodb/item";
import * as Rows from "@posthouse/local/dynamodb/rows";
import { entry, type Index, indexes, type Table } from "@posthouse/local/dynamodb/schema";
import { load as loadTables } from "@posthouse/local/dynamodb/tables";
import * as Work from "@posthouse/local/dynamodb/work";
import { table as name } from "@posthouse/local/resources";
import { mail } from "../../support/database.ts";
import { fixture } from "../world.ts";

const chunk = 2_000;
const day = 86_400_000;

/** A head as it is stored once its mail is sent, of another email each time, over the last 28 days. */
export async function createHeads(ports: Ports, version: Version): Promise<() => Item> {
  const loaded = await load(ports, version);
  return heads(ports, version, loaded, await make(ports, version, loaded, mail({ ...fixture, to: [fixture.to] })));
}

function heads(
  ports: Ports,
  version: Version,
  loaded: Awaited<ReturnType<typeof load>>,
  outline: Awaited<ReturnType<typeof make>>,
): () => Item {
  const { retention } = loaded.settings;
  const shared = { ...outline, version, suppressed: new Map(), retention, captured: true, recovery: 1 };
  let n = 0;
  return () => {
    const past = { ...ports.clock, now: () => ports.clock.now() - ((n++ * 7_919_000) % (28 * day)) };
    const id = makeId("email", { ...ports, clock: past });
    return marshall(draft({ ...shared, id, now: past.now() }).head, { removeUndefinedValues: true }) as Item;
  };
}

/** Writes so many items with their index rows straight into the embedded DynamoDB's files, which nobody may have open. */
export async function fill(dir: string, count: number, next: () => Item): Promise<void> {
  const rows = await Rows.open(dir);
  try {
    const table = (await loadTables(rows)).get(name);
    for (let done = 0; done < count; done += chunk) {
      const size = Math.min(chunk, count - done);
      await rows.batch(Array.from({ length: size }, () => rowsOf(table, next())).flat(), { sync: false });
    }
  } finally {
    await rows.close();
  }
}

function rowsOf(table: Table, item: Item): Rows.RowOperation[] {
  const own = Dynalite.rowKey(table, item);
  const put = (key: string, value: Item): Rows.RowOperation => ({ type: "put", key, value });
  return [
    put(Work.itemPrefix(table.TableName) + own, item),
    ...indexes(table).flatMap((index) => {
      const value = entry(table, index, item);
      return value ? [put(indexKey(table, index, item, own), value)] : [];
    }),
  ];
}

/** The engine's key of an index row: the index's key, six letters of a hash of the item's own, and that key. */
function indexKey(table: Table, index: Index, item: Item, own: string): string {
  const key = Dynalite.rowKey({ ...table, KeySchema: index.KeySchema }, item);
  const hash = createHash("md5").update("Outliers").update(String(item["pk"]?.S)).update(String(item["sk"]?.S));
  return `${Work.indexPrefix("global", table.TableName, index.IndexName)}${key}${hash.digest("hex").slice(0, 6)}/${own}`;
}
