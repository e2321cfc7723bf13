import { randomBytes } from "node:crypto";
import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  GetItemCommand,
  type GetItemCommandInput,
  PutItemCommand,
  type PutItemCommandInput,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
} from "@aws-sdk/client-dynamodb";
import { SendMessageBatchCommand, type SendMessageBatchCommandInput } from "@aws-sdk/client-sqs";
import type { Clients } from "@posthouse/aws/clients";
import { createPorts } from "@posthouse/aws/ports";
import * as Id from "@posthouse/core/id";
import { awsConfig } from "@posthouse/local/services";
import { createClient, type Send } from "./api.ts";
import { type Call, record } from "./calls.ts";
import type { Account, World } from "./world.ts";

type Make = (clients: Clients, input: object) => Promise<unknown>;

/** How each call is made, by the client that the store and the queue make it with. */
const commands: Readonly<Record<string, Make>> = {
  "DynamoDB GetItem": ({ dynamodb }, input) => dynamodb.send(new GetItemCommand(input as GetItemCommandInput)),
  "DynamoDB BatchGetItem": ({ dynamodb }, input) =>
    dynamodb.send(new BatchGetItemCommand(input as BatchGetItemCommandInput)),
  "DynamoDB PutItem": ({ dynamodbOnce }, input) => dynamodbOnce.send(new PutItemCommand(input as PutItemCommandInput)),
  "DynamoDB TransactWriteItems": ({ dynamodb }, input) =>
    dynamodb.send(new TransactWriteItemsCommand(input as TransactWriteItemsCommandInput)),
  "SQS SendMessageBatch": ({ sqs }, input) =>
    sqs.send(new SendMessageBatchCommand(input as SendMessageBatchCommandInput)),
};

/**
 * The floor of accepting: the calls that one accepted mail of each account has made, made again as they were recorded
 * by bare clients of the SDK. Same operations, items, sizes and order; another email's id each time, so that the
 * conditions hold.
 */
export async function createBare(world: World, accounts: readonly Account[]): Promise<readonly Send[]> {
  const { env, ports } = world;
  const recorded = world.moreClients();
  const config = awsConfig(env.services, ports.operator, true);
  const { clock, log, operatorKey } = ports;
  const client = createClient({ ...createPorts(config, { clock, log, clients: recorded }), operatorKey });
  const recorder = record(recorded);
  const bare = world.moreClients();
  const lanes: Send[] = [];
  for (const account of accounts) {
    const send = client(account);
    await send();
    recorder.take();
    const id = await send();
    lanes.push(again(bare, ports, recorder.take(), id));
  }
  return lanes;
}

function again(clients: Clients, ports: World["ports"], calls: readonly Call[], id: string): Send {
  const made = calls.map(({ service, operation, input }) => {
    const make = commands[`${service} ${operation}`];
    if (!make) throw new Error(`accepting calls ${service} ${operation}: say in bare.ts how it is made bare`);
    return { make, input };
  });
  return async () => {
    const fresh = Id.make("email", ports);
    const token = randomBytes(16).toString("hex");
    for (const { make, input } of made) await make(clients, replace(input, id, fresh, token) as object);
    return fresh;
  };
}

/** The value with another id in every text, and another token for a transaction. */
function replace(value: unknown, id: string, fresh: string, token: string): unknown {
  if (typeof value === "string") return value.replaceAll(id, fresh);
  if (Array.isArray(value)) return value.map((one) => replace(one, id, fresh, token));
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  const entries = Object.entries(value).map(([name, one]): [string, unknown] => [
    name,
    name === "ClientRequestToken" ? token : replace(one, id, fresh, token),
  ]);
  return Object.fromEntries(entries);
}
