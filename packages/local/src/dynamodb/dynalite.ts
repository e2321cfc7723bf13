/**
 * dynalite as the engine: its validation, expressions and actions, run against
 * a store of ours (`work.ts`) in place of its own. Its own store writes index
 * rows and item one after the other, so that a kill between them loses one.
 * These are its inner modules: its exact version is pinned, and the store
 * contract (`test/contract`) tells when a new one behaves otherwise.
 */
import { createRequire } from "node:module";
import { DynamodbError } from "./error.ts";
import { type Item, MAX_BYTES } from "./item.ts";
import type { Table } from "./schema.ts";

/** A node-style callback, as dynalite's actions want it. */
export type Callback = (error: unknown, value?: unknown) => void;

/** Takes an error that no callback is left for. */
export type Fail = (error: unknown) => void;

/** A validated request: dynalite adds parsed expressions to it. */
export interface Request {
  [member: string]: unknown;
  TableName?: string;
  Item?: Item;
  Key?: Item;
  IndexName?: string;
  ConsistentRead?: boolean;
  ExclusiveStartKey?: Item;
}

/** An action's answer, in the API's JSON. */
export type Output = Record<string, unknown>;

interface Validation {
  types: unknown;
  custom: unknown;
}

type Action = (store: unknown, request: Request, done: Callback) => void;

const inside = createRequire(createRequire(import.meta.url).resolve("dynalite"));
const { checkTypes, checkValidations } = inside("./validations") as {
  checkTypes(input: unknown, types: unknown): Request;
  checkValidations(request: Request, types: unknown, custom: unknown, store: unknown): void;
};
const engine = inside("./db") as {
  createKey(item: Item, table: Table): string;
  validateItem(item: Item, table: Table): unknown;
  validateKey(key: Item, table: Table): unknown;
};

const names = [
  ...["GetItem", "BatchGetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"],
  ...["CreateTable", "UpdateTable", "DeleteTable", "DescribeTable", "ListTables"],
];
const modules = new Map(names.map((name) => [name, load(name)]));

function load(operation: string): { validation: Validation; act: Action } {
  const file = operation.charAt(0).toLowerCase() + operation.slice(1);
  return { validation: inside(`./validations/${file}`) as Validation, act: inside(`./actions/${file}`) as Action };
}

/** What dynalite's modules read of a server's options; all delays are 0. */
export const options = { createTableMs: 0, updateTableMs: 0, deleteTableMs: 0, maxItemSize: MAX_BYTES };

/** Whether dynalite implements the operation. */
export function knows(operation: string): boolean {
  return modules.has(operation);
}

/**
 * Checks a request's types and rules and parses its expressions.
 * Numbers come out normalised. Takes `input` over; throws ValidationException
 * or SerializationException.
 */
export function validate(operation: string, input: unknown): Request {
  const { validation } = moduleOf(operation);
  try {
    const request = checkTypes(input, validation.types);
    checkValidations(request, validation.types, validation.custom, { options });
    return request;
  } catch (error) {
    throw translate(error);
  }
}

/**
 * Runs an action on the store that `open` makes; `fail` takes what is thrown in
 * one of the store's callbacks, where dynalite itself would bring the process down.
 */
export function act(operation: string, request: Request, open: (fail: Fail) => unknown): Promise<Output> {
  const { act: action } = moduleOf(operation);
  return new Promise((resolve, reject) => {
    const done: Callback = (error, output) => (error ? reject(translate(error)) : resolve((output ?? {}) as Output));
    action(open(reject), request, done);
  });
}

/** Checks the key of a write, and the types of its index keys, against the table; throws ValidationException. */
export function assertKey(table: Table, request: Request): void {
  const refused = request.Item
    ? engine.validateItem(request.Item, table)
    : engine.validateKey(request.Key ?? {}, table);
  if (refused) throw translate(refused);
}

/** The row key of an item in its table: order-preserving and unique. */
export function rowKey(table: Table, item: Item): string {
  return engine.createKey(item, table);
}

function moduleOf(operation: string): { validation: Validation; act: Action } {
  const found = modules.get(operation);
  if (!found) throw new DynamodbError("UnknownOperationException", `${operation} is not implemented here`);
  return found;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function translate(error: unknown): unknown {
  const { statusCode, body } = error as { statusCode?: number; body?: Record<string, unknown> };
  if (statusCode === undefined || !body) return error;
  const type = text(body.__type).split("#").pop() ?? "InternalServerError";
  return new DynamodbError(type, text(body.message ?? body.Message), {}, statusCode);
}
