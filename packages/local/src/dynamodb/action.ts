/** The actions of a TransactWriteItems request: checked, and each turned into the plain write it is. */
import type { Database } from "./database.ts";
import * as Dynalite from "./dynalite.ts";
import { invalid } from "./error.ts";
import { size } from "./item.ts";
import { identity } from "./schema.ts";
import { assertReturns, type Staged, type WriteOperation } from "./stage.ts";

/** One action of a transaction, ready to be staged. */
export interface Action {
  operation: WriteOperation;
  request: Dynalite.Request;
  /** The item's identity; undefined when its key is malformed. */
  id: string | undefined;
  /** Only the condition counts: nothing is written. */
  check: boolean;
  /** `ReturnValuesOnConditionCheckFailure`. */
  returns: unknown;
}

/** The largest sum of item sizes in one transaction, in bytes. */
export const MAX_BYTES = 4 * 1024 * 1024;

const operations: Record<string, WriteOperation> = {
  ...{ Put: "PutItem", Update: "UpdateItem", Delete: "DeleteItem" },
  // A delete that is never committed: the engine has no action that only checks.
  ConditionCheck: "DeleteItem",
};

const expressions = ["ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"];
const members: Record<string, string[]> = {
  Put: ["TableName", "Item", ...expressions],
  Update: ["TableName", "Key", "UpdateExpression", ...expressions],
  Delete: ["TableName", "Key", ...expressions],
  ConditionCheck: ["TableName", "Key", ...expressions],
};

const required: Record<string, string> = { Update: "UpdateExpression", ConditionCheck: "ConditionExpression" };

/** Reads and checks the whole request; throws ValidationException and ResourceNotFoundException. */
export function parse(database: Database, input: Record<string, unknown>): Action[] {
  const list = items(input);
  const actions = list.map((item, position) => action(database, item, position));
  assertDistinct(actions.map(({ id }) => id));
  return actions;
}

/** The 1 to 100 members of `TransactItems`. */
export function items(input: Record<string, unknown>): Record<string, unknown>[] {
  const list = input.TransactItems;
  if (!Array.isArray(list)) throw constraint("transactItems", "Member must not be null");
  if (list.length === 0) throw constraint("transactItems", "Member must have length greater than or equal to 1");
  if (list.length > 100) throw constraint("transactItems", "Member must have length less than or equal to 100");
  return list as Record<string, unknown>[];
}

/** No two actions of one transaction on one item. */
export function assertDistinct(ids: (string | undefined)[]): void {
  const known = ids.filter((id) => id !== undefined);
  if (new Set(known).size === known.length) return;
  throw invalid("Transaction request cannot include multiple operations on one item");
}

/** All items of one transaction together are at most 4 MB. */
export function assertAggregate(staged: Pick<Staged, "before" | "after">[]): void {
  const bytes = staged.reduce((sum, { before, after }) => sum + size(after ?? before), 0);
  if (bytes > MAX_BYTES) throw invalid("Collection size exceeded: the items of a transaction are limited to 4 MB");
}

/** What a request member fails, in AWS's words. */
export function constraint(member: string, rule: string): Error {
  return invalid(`1 validation error detected: Value at '${member}' failed to satisfy constraint: ${rule}`);
}

function action(database: Database, item: Record<string, unknown>, position: number): Action {
  const kinds = Object.keys(item).filter((kind) => item[kind] !== null && item[kind] !== undefined);
  const kind = kinds[0] ?? "";
  const operation = operations[kind];
  if (kinds.length !== 1 || !operation) {
    throw invalid("TransactItems can only contain one of Check, Put, Update or Delete");
  }
  const body = item[kind] as Record<string, unknown>;
  const needed = required[kind];
  if (needed && typeof body[needed] !== "string") {
    throw constraint(`transactItems.${position + 1}.member.${kind}.${needed}`, "Member must not be null");
  }
  assertReturns(body.ReturnValuesOnConditionCheckFailure);
  const request = Dynalite.validate(operation, pick(body, members[kind] ?? []));
  const table = database.tables.get(request.TableName);
  const id = identity(table, request.Item ?? request.Key ?? {});
  return {
    operation,
    request,
    id,
    check: kind === "ConditionCheck",
    returns: body.ReturnValuesOnConditionCheckFailure,
  };
}

function pick(body: Record<string, unknown>, names: string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => name in body).map((name) => [name, body[name]]));
}
