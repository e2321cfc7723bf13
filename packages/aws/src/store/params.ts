import type {
  DeleteCommandInput,
  PutCommandInput,
  QueryCommandInput,
  TransactWriteCommandInput,
  UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
import type { Check, Condition, Delete, Put, Query, Update, Write } from "@posthouse/core/ports/store";
import { decode } from "./cursor.ts";
import * as Expression from "./expression.ts";
import { range } from "./range.ts";

/** One action of a transaction, as lib-dynamodb takes it. */
export type TransactItem = NonNullable<TransactWriteCommandInput["TransactItems"]>[number];

/** PutItem's input. */
export function put(table: string, write: Put): PutCommandInput {
  return { TableName: table, Item: write.put, ...condition(write, Expression.create()) };
}

/** DeleteItem's input. */
export function remove(table: string, write: Delete): DeleteCommandInput {
  return { TableName: table, Key: write.delete, ...condition(write, Expression.create()) };
}

/** UpdateItem's input: SET, ADD and REMOVE clauses, each only where it has something. */
export function update(table: string, write: Update): UpdateCommandInput {
  const expression = Expression.create();
  const clauses = [
    clause("SET", defined(write.set ?? {}), ([key, value]) => assignment(expression, key, " = ", value)),
    clause("ADD", defined(write.add ?? {}), ([key, value]) => assignment(expression, key, " ", value)),
    clause("REMOVE", [...(write.remove ?? [])], (key) => Expression.name(expression, key)),
  ].filter((text) => text !== "");
  return {
    TableName: table,
    Key: write.update,
    ...(clauses.length > 0 && { UpdateExpression: clauses.join(" ") }),
    ...condition(write, expression),
  };
}

/** A ConditionCheck of a transaction. */
export function check(table: string, write: Check): NonNullable<TransactItem["ConditionCheck"]> {
  if (write.if === undefined) throw new TypeError("A check within a transaction needs an `if`.");
  return {
    TableName: table,
    Key: write.check,
    ConditionExpression: write.if,
    ...condition(write, Expression.create()),
  };
}

/** One action of TransactWriteItems. */
export function action(table: string, write: Write | Check): TransactItem {
  if ("put" in write) return { Put: put(table, write) };
  if ("delete" in write) return { Delete: remove(table, write) };
  if ("check" in write) return { ConditionCheck: check(table, write) };
  const { UpdateExpression, ...input } = update(table, write);
  // UpdateItem does without an expression (it then only makes the item), a transaction's Update does not.
  if (UpdateExpression === undefined) throw new TypeError("An update within a transaction needs something to change.");
  return { Update: { UpdateExpression, ...input } };
}

/** Query's input; the index's key attributes are `<index>_pk` and `<index>_sk`. */
export function query(table: string, query: Query): QueryCommandInput {
  const expression = Expression.create();
  const [pk, sk] = query.index === undefined ? ["pk", "sk"] : [`${query.index}_pk`, `${query.index}_sk`];
  const partition = `${Expression.name(expression, pk)} = ${Expression.value(expression, query.pk)}`;
  const sort = range(
    query,
    () => Expression.name(expression, sk),
    (value) => Expression.value(expression, value),
  );
  return {
    TableName: table,
    KeyConditionExpression: sort === undefined ? partition : `${partition} AND ${sort}`,
    ...Expression.fields(expression),
    ...(query.index !== undefined && { IndexName: query.index }),
    ...(query.descending && { ScanIndexForward: false }),
    ...(query.limit !== undefined && { Limit: query.limit }),
    ...(query.consistent && { ConsistentRead: true }),
    ...(query.cursor !== undefined && { ExclusiveStartKey: decode(query.cursor, pk, query.pk) }),
  };
}

/** The condition with all collected names and values; the item that stood in the way comes back with the refusal. */
function condition(write: Condition, expression: Expression.Expression) {
  if (write.if !== undefined) Expression.adopt(expression, write.if, write.values);
  return {
    ...(write.if !== undefined && {
      ConditionExpression: write.if,
      ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
    }),
    ...Expression.fields(expression),
  };
}

const defined = <T>(values: Record<string, T>): [string, T][] =>
  Object.entries(values).filter(([, value]) => value !== undefined);

const assignment = (expression: Expression.Expression, key: string, between: string, value: unknown): string =>
  `${Expression.name(expression, key)}${between}${Expression.value(expression, value)}`;

const clause = <T>(word: string, parts: T[], each: (part: T) => string): string =>
  parts.length === 0 ? "" : `${word} ${parts.map(each).join(", ")}`;
