import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import type { Clock } from "@posthouse/core/ports/clock";
import type { Random } from "@posthouse/core/ports/random";
import { type Item, type Page, type Query, type Store, StoreBusy, type Write } from "@posthouse/core/ports/store";
import { type Patience, retry } from "@posthouse/core/retry";
import { batchGet } from "./batch-get.ts";
import { encode } from "./cursor.ts";
import { Refused, translated } from "./error.ts";
import * as params from "./params.ts";
import { inside } from "./range.ts";

/** What the store works with. */
export interface StoreNeeds {
  readonly table: string;
  /** Repeats by itself: reads, and transactions, whose token makes a repetition harmless. */
  readonly client: DynamoDBClient;
  /** The same with `maxAttempts: 1`: single writes, see `write`. */
  readonly writer: DynamoDBClient;
  readonly clock: Clock;
  readonly random: Random;
}

/** A single write meets a transaction or a throttle for moments only. */
const patience: Patience = { tries: 6, base_ms: 10, longest_ms: 200, within_ms: 2_000 };

/**
 * The store port on DynamoDB.
 *
 * A lost answer (time-out, reset, 5xx) of a *transaction* is asked for again by the SDK with the same
 * ClientRequestToken, so that it is carried out once whatever happens. A *single* write has no token: repeated
 * after a lost answer, a condition would fail on what the write itself left, and an ADD would count twice. So it
 * goes out once; what was surely not applied (throttling, a conflict with a transaction) is repeated here, as is a
 * lost answer of a write that says the same whenever it is made; everything else is the caller's StoreBusy.
 */
export function createStore(needs: StoreNeeds): Store {
  const { table } = needs;
  const client = documents(needs.client);
  const writer = documents(needs.writer);
  return {
    async get(key, { consistent = false } = {}) {
      const input = { TableName: table, Key: { pk: key.pk, sk: key.sk }, ConsistentRead: consistent };
      return (await translated(client.send(new GetCommand(input)))).Item as Item | undefined;
    },
    batchGet: (keys, { consistent = false } = {}) => batchGet(needs, client, keys, consistent),
    query: (query) => page(client, table, query),
    write: (write) =>
      retry(
        needs,
        (error) => mayRepeat(write, error),
        () => send(writer, table, write),
        patience,
      ),
    async transact(writes, token) {
      const TransactItems = writes.map((write) => params.action(table, write));
      const input = { TransactItems, ...(token !== undefined && { ClientRequestToken: token }) };
      await translated(client.send(new TransactWriteCommand(input)));
    },
  };
}

/** Sends one write. @returns the item as it then is (update) or as it was (delete). */
async function send(client: DynamoDBDocumentClient, table: string, write: Write): Promise<Item | undefined> {
  if ("put" in write) {
    await translated(client.send(new PutCommand(params.put(table, write))));
    return undefined;
  }
  const { Attributes } =
    "delete" in write
      ? await translated(client.send(new DeleteCommand({ ...params.remove(table, write), ReturnValues: "ALL_OLD" })))
      : await translated(client.send(new UpdateCommand({ ...params.update(table, write), ReturnValues: "ALL_NEW" })));
  return Attributes as Item | undefined;
}

async function page(client: DynamoDBDocumentClient, table: string, query: Query): Promise<Page> {
  const sk = query.index === undefined ? "sk" : `${query.index}_sk`;
  const { Items = [], LastEvaluatedKey } = await translated(client.send(new QueryCommand(params.query(table, query))));
  const items = (Items as Item[]).filter((item) => inside(query, item[sk]));
  return { items, ...(LastEvaluatedKey && { cursor: encode(LastEvaluatedKey) }) };
}

function mayRepeat(write: Write, error: unknown): boolean {
  if (error instanceof Refused) return true;
  // A delete is left out: it answers what was there, and the second one would find nothing.
  const same = write.if === undefined && !("delete" in write) && !("add" in write && write.add !== undefined);
  return same && error instanceof StoreBusy;
}

const documents = (client: DynamoDBClient): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
