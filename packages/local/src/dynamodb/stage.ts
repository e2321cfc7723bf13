/** One write evaluated against what is stored, and not yet written. */
import type { Database } from "./database.ts";
import * as Dynalite from "./dynalite.ts";
import { DynamodbError, invalid, is } from "./error.ts";
import * as Expiry from "./expiry.ts";
import type { Item } from "./item.ts";
import type { RowOperation } from "./rows.ts";
import { assertStorable, type Table } from "./schema.ts";
import * as Work from "./work.ts";

/** The write that puts, updates or deletes one item. */
export type WriteOperation = "PutItem" | "UpdateItem" | "DeleteItem";

/** A write ready to be committed, or the reason why it must not be. */
export interface Staged {
  table: Table;
  before?: Item | undefined;
  after?: Item | undefined;
  operations: RowOperation[];
  output: Dynalite.Output;
  failure?: DynamodbError;
}

/**
 * Evaluates a validated write. The caller holds the item. A refusal
 * (ConditionalCheckFailedException, ValidationException) is returned as
 * `failure`, as a transaction reports it by position.
 */
export async function stage(database: Database, operation: WriteOperation, request: Dynalite.Request): Promise<Staged> {
  const table = database.tables.get(request.TableName);
  const work = Work.begin();
  const { ReturnConsumedCapacity: _, ...rest } = request;
  try {
    const output = await Dynalite.act(operation, rest, Work.store(database, work, request));
    if (work.after) assertStorable(table, work.after, oversize(operation));
    return { table, before: work.before, after: work.after, operations: rowsOf(database, table, work), output };
  } catch (error) {
    if (!(error instanceof DynamodbError)) throw error;
    return { table, before: work.before, after: work.before, operations: [], output: {}, failure: error };
  }
}

function rowsOf(database: Database, table: Table, { before, after, operations }: Work.Work): RowOperation[] {
  const attribute = database.ttl.get(table.TableName);
  return attribute === undefined ? operations : [...operations, ...Expiry.rows(table, attribute, before, after)];
}

function oversize(operation: WriteOperation): string {
  if (operation === "UpdateItem") return "Item size to update has exceeded the maximum allowed size";
  return "Item size has exceeded the maximum allowed size";
}

/** Whether a refusal carries the item it met: the condition failed and ALL_OLD was asked for. */
export function old(staged: Staged, returns: unknown): { Item?: Item } {
  const wanted = returns === "ALL_OLD" && staged.before && is(staged.failure, "ConditionalCheckFailedException");
  return wanted && staged.before ? { Item: staged.before } : {};
}

/** Refuses a `ReturnValuesOnConditionCheckFailure` that AWS does not know. */
export function assertReturns(returns: unknown): void {
  if (returns === undefined || returns === null || returns === "ALL_OLD" || returns === "NONE") return;
  throw invalid(
    `1 validation error detected: Value '${JSON.stringify(returns)}' at 'returnValuesOnConditionCheckFailure' failed to satisfy ` +
      "constraint: Member must satisfy enum value set: [ALL_OLD, NONE]",
  );
}
