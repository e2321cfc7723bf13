/** The plain writes: PutItem, UpdateItem, DeleteItem, BatchWriteItem. */
import * as Capacity from "./capacity.ts";
import type { Database } from "./database.ts";
import * as Dynalite from "./dynalite.ts";
import { DynamodbError, invalid, is } from "./error.ts";
import type { Item } from "./item.ts";
import { assertStorable, identity, type Table } from "./schema.ts";
import { assertReturns, old, type Staged, stage, type WriteOperation } from "./stage.ts";

/** Runs one plain write; a failed condition carries the item when ALL_OLD was asked for. */
export async function write(database: Database, operation: WriteOperation, input: Dynalite.Request) {
  const returns = input.ReturnValuesOnConditionCheckFailure;
  assertReturns(returns);
  const request = Dynalite.validate(operation, input);
  const staged = await apply(database, operation, request);
  const cost = costOf(staged);
  if (cost) database.meter.add(operation, "writes", [cost]);
  if (staged.failure) throw withItem(staged.failure, old(staged, returns));
  const ConsumedCapacity = cost && Capacity.report(cost, request.ReturnConsumedCapacity);
  return { ...staged.output, ...(ConsumedCapacity ? { ConsumedCapacity } : {}) };
}

/** Evaluates and commits a validated write under its item's lock, without counting it. */
export function apply(database: Database, operation: WriteOperation, request: Dynalite.Request): Promise<Staged> {
  const table = database.tables.get(request.TableName);
  const id = identity(table, request.Item ?? request.Key ?? {});
  return database.locks.write(id, async () => {
    const staged = await stage(database, operation, request);
    if (!staged.failure) await database.commit(staged.operations);
    return staged;
  });
}

/** A refused condition costs what the item weighs; what was refused before it was looked at costs nothing. */
function costOf(staged: Staged): Capacity.Cost | undefined {
  if (!staged.failure) return Capacity.ofWrite(staged);
  if (is(staged.failure, "ConditionalCheckFailedException")) return Capacity.ofCheck(staged.table, staged.before);
  return undefined;
}

function withItem(failure: DynamodbError, members: { Item?: Item }): DynamodbError {
  return new DynamodbError(failure.type, failure.message, members, failure.status);
}

interface BatchEntry {
  table: string;
  operation: WriteOperation;
  request: Dynalite.Request;
  raw: unknown;
}

/**
 * Runs a batch: each write for itself, in parallel, as AWS does (a kill may
 * leave some done and some not). What meets a transaction in flight comes back
 * in `UnprocessedItems`.
 */
export async function batch(database: Database, input: Dynalite.Request) {
  const request = Dynalite.validate("BatchWriteItem", input);
  const entries = entriesOf(request);
  assertBatch(database, entries);
  const results = await Promise.all(entries.map((entry) => attempt(database, entry)));
  const costs = Capacity.sum(results.flatMap((result) => (result ? Capacity.ofWrite(result) : [])));
  database.meter.add("BatchWriteItem", "writes", costs);
  const ConsumedCapacity = costs.flatMap((cost) => Capacity.report(cost, request.ReturnConsumedCapacity) ?? []);
  const left = entries.filter((_entry, position) => !results[position]);
  return {
    UnprocessedItems: Object.fromEntries(
      Object.entries(Object.groupBy(left, (entry) => entry.table)).map(([table, some = []]) => [
        table,
        some.map((entry) => entry.raw),
      ]),
    ),
    ...(ConsumedCapacity.length > 0 ? { ConsumedCapacity } : {}),
  };
}

function entriesOf(request: Dynalite.Request): BatchEntry[] {
  const tables = request.RequestItems as Record<
    string,
    { PutRequest?: { Item: Item }; DeleteRequest?: { Key: Item } }[]
  >;
  return Object.entries(tables).flatMap(([table, requests]) =>
    requests.map((raw) => {
      const put = raw.PutRequest;
      if (put) return { table, operation: "PutItem" as const, request: { TableName: table, Item: put.Item }, raw };
      const Key = raw.DeleteRequest?.Key ?? {};
      return { table, operation: "DeleteItem" as const, request: { TableName: table, Key }, raw };
    }),
  );
}

/** Refuses the whole batch before anything of it is written. */
function assertBatch(database: Database, entries: BatchEntry[]): void {
  const ids = entries.map(({ table: name, request }) => {
    const table = database.tables.get(name);
    assertEntry(table, request);
    return identity(table, request.Item ?? request.Key ?? {});
  });
  if (new Set(ids).size < ids.length) throw invalid("Provided list of item keys contains duplicates");
}

function assertEntry(table: Table, request: Dynalite.Request): void {
  try {
    Dynalite.assertKey(table, request);
  } catch (error) {
    if (!(error instanceof DynamodbError) || !/Missing the key|Type mismatch for key/.test(error.message)) throw error;
    throw invalid("The provided key element does not match the schema");
  }
  if (request.Item) assertStorable(table, request.Item, "Item size has exceeded the maximum allowed size");
}

async function attempt(database: Database, entry: BatchEntry): Promise<Staged | undefined> {
  try {
    const staged = await apply(database, entry.operation, entry.request);
    if (staged.failure) throw staged.failure;
    return staged;
  } catch (error) {
    if (is(error, "TransactionConflictException")) return undefined;
    throw error;
  }
}
