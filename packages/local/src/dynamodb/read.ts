/** The reads: GetItem, BatchGetItem, Query, Scan and TransactGetItems. */
import { assertDistinct, constraint, items } from "./action.ts";
import * as Capacity from "./capacity.ts";
import type { Database } from "./database.ts";
import * as Dynalite from "./dynalite.ts";
import { CONFLICT, cancelled } from "./error.ts";
import type { Item } from "./item.ts";
import type { Snapshot } from "./rows.ts";
import { identity } from "./schema.ts";
import * as Work from "./work.ts";

/** Runs GetItem, BatchGetItem, Query or Scan. Reads never wait for writes. */
export async function read(database: Database, operation: string, input: Dynalite.Request) {
  const request = Dynalite.validate(operation, input);
  const { ReturnConsumedCapacity: mode, ...rest } = request;
  const work = Work.begin();
  const output = await Dynalite.act(operation, rest, Work.store(database, work, request));
  const costs = costsOf(operation, request, work, output);
  database.meter.add(operation, "reads", costs);
  const reports = costs.flatMap((cost) => Capacity.report(cost, mode) ?? []);
  if (reports.length === 0) return output;
  return { ...output, ConsumedCapacity: operation === "BatchGetItem" ? reports : reports[0] };
}

/** Single items are rounded up one by one, a Query or Scan as the sum of what it walked through. */
function costsOf(operation: string, request: Dynalite.Request, work: Work.Work, output: Dynalite.Output) {
  if (operation === "GetItem" || operation === "BatchGetItem") {
    const { RequestItems } = request as { RequestItems?: Record<string, { ConsistentRead?: boolean }> };
    const consistent = (table: string): boolean =>
      (RequestItems ? RequestItems[table]?.ConsistentRead : request.ConsistentRead) === true;
    const one = ({ table, bytes }: { table: string; bytes: number }): Capacity.Cost => ({
      ...{ table, indexes: {} },
      units: Capacity.readUnits(bytes, consistent(table)),
    });
    return Capacity.sum(work.gets.map(one));
  }
  const walked = work.walked.slice(0, Number(output.ScannedCount ?? 0));
  const bytes = walked.reduce((sum, size) => sum + size, 0);
  const units = Capacity.readUnits(bytes, request.ConsistentRead === true);
  const table = request.TableName ?? "";
  if (request.IndexName) return [{ table, units: 0, indexes: { [request.IndexName]: units } }];
  return [{ table, units, indexes: {} }];
}

/**
 * Runs TransactGetItems on one snapshot of all rows. Cancelled with
 * TransactionConflict where a transaction is in flight on an item.
 */
export async function transactGet(database: Database, input: Record<string, unknown>) {
  const requests = items(input).map(getOf);
  const ids = requests.map((request) => identity(database.tables.get(request.TableName), request.Key ?? {}));
  assertDistinct(ids);
  const conflicts = database.locks.held(ids);
  if (conflicts.includes(true)) throw cancelled(conflicts.map((held) => (held ? CONFLICT : { Code: "None" })));
  const snapshot = database.rows.snapshot();
  try {
    const found = await Promise.all(requests.map((request) => getOne(database, snapshot, request)));
    const costs = Capacity.sum(found.map(({ cost }) => cost));
    database.meter.add("TransactGetItems", "reads", costs);
    const ConsumedCapacity = costs.flatMap((cost) => Capacity.report(cost, input.ReturnConsumedCapacity) ?? []);
    const Responses = found.map(({ output }) => (output.Item ? { Item: output.Item } : {}));
    return { Responses, ...(ConsumedCapacity.length > 0 ? { ConsumedCapacity } : {}) };
  } finally {
    await snapshot.close();
  }
}

function getOf(item: Record<string, unknown>, position: number): Dynalite.Request {
  const get = item.Get as Record<string, unknown> | undefined;
  if (!get) throw constraint(`transactItems.${position + 1}.member.get`, "Member must not be null");
  const { TableName, Key, ProjectionExpression, ExpressionAttributeNames } = get;
  return Dynalite.validate("GetItem", { TableName, Key, ProjectionExpression, ExpressionAttributeNames });
}

async function getOne(database: Database, snapshot: Snapshot, request: Dynalite.Request) {
  const work = Work.begin();
  const output = await Dynalite.act("GetItem", request, Work.store({ ...database, snapshot }, work, request));
  return { output: output as { Item?: Item }, cost: Capacity.ofRead(request.TableName ?? "", work.before) };
}
