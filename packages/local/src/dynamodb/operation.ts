/** Which function answers which operation of the DynamoDB API. */
import type { Database } from "./database.ts";
import * as Dynalite from "./dynalite.ts";
import { DynamodbError } from "./error.ts";
import { read, transactGet } from "./read.ts";
import { transactWrite } from "./transaction.ts";
import * as Ttl from "./ttl.ts";
import * as Work from "./work.ts";
import { batch, write } from "./write.ts";

type Answer = object | Promise<object>;
type Handler = (database: Database, input: Record<string, unknown>) => Answer;

const handlers: Record<string, Handler> = {
  PutItem: (database, input) => write(database, "PutItem", input),
  UpdateItem: (database, input) => write(database, "UpdateItem", input),
  DeleteItem: (database, input) => write(database, "DeleteItem", input),
  BatchWriteItem: batch,
  TransactWriteItems: transactWrite,
  TransactGetItems: transactGet,
  GetItem: (database, input) => read(database, "GetItem", input),
  BatchGetItem: (database, input) => read(database, "BatchGetItem", input),
  Query: (database, input) => read(database, "Query", input),
  Scan: (database, input) => read(database, "Scan", input),
  UpdateTimeToLive: Ttl.update,
  DescribeTimeToLive: Ttl.describe,
};

/** Runs one operation; throws DynamodbError for what AWS refuses, and for what is not implemented here. */
export async function execute(database: Database, operation: string, input: Record<string, unknown>): Promise<object> {
  const handler = handlers[operation];
  if (handler) return handler(database, input);
  if (Dynalite.knows(operation)) return administer(database, operation, input);
  throw new DynamodbError("UnknownOperationException", `${operation || "This request"} is not implemented here`);
}

/** CreateTable, UpdateTable, DeleteTable, DescribeTable and ListTables are dynalite's own. */
async function administer(database: Database, operation: string, input: Record<string, unknown>): Promise<object> {
  const request = Dynalite.validate(operation, input);
  const output = await Dynalite.act(operation, request, Work.store(database, Work.begin(), request));
  if (operation === "DeleteTable") await Ttl.forget(database, request.TableName ?? "");
  return output;
}
