import { randomBytes } from "node:crypto";
import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  GetItemCommand,
  type GetItemCommandInput,
  PutItemCommand,
  type PutItemCommandInput,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import {
  GetObjectCommand,
  type GetObjectCommandInput,
  PutObjectCommand,
  type PutObjectCommandInput,
} from "@aws-sdk/client-s3";
import { SendEmailCommand, type SendEmailCommandInput } from "@aws-sdk/client-sesv2";
import { SendMessageBatchCommand, type SendMessageBatchCommandInput } from "@aws-sdk/client-sqs";
import type { Clients } from "@posthouse/aws/clients";
import * as Id from "@posthouse/core/id";
import type { Call } from "./calls.ts";
import type { World } from "./world.ts";

type Make = (clients: Clients, input: object) => Promise<unknown>;

/** How each call is made, by the client that the ports make it with. */
const commands: Readonly<Record<string, Make>> = {
  "DynamoDB GetItem": ({ dynamodb }, input) => dynamodb.send(new GetItemCommand(input as GetItemCommandInput)),
  "DynamoDB BatchGetItem": ({ dynamodb }, input) =>
    dynamodb.send(new BatchGetItemCommand(input as BatchGetItemCommandInput)),
  "DynamoDB PutItem": ({ dynamodbOnce }, input) => dynamodbOnce.send(new PutItemCommand(input as PutItemCommandInput)),
  "DynamoDB UpdateItem": ({ dynamodbOnce }, input) =>
    dynamodbOnce.send(new UpdateItemCommand(input as UpdateItemCommandInput)),
  "DynamoDB DeleteItem": ({ dynamodbOnce }, input) =>
    dynamodbOnce.send(new DeleteItemCommand(input as DeleteItemCommandInput)),
  "DynamoDB TransactWriteItems": ({ dynamodb }, input) =>
    dynamodb.send(new TransactWriteItemsCommand(input as TransactWriteItemsCommandInput)),
  "SQS SendMessageBatch": ({ sqs }, input) =>
    sqs.send(new SendMessageBatchCommand(input as SendMessageBatchCommandInput)),
  "S3 PutObject": ({ s3 }, input) => s3.send(new PutObjectCommand(input as PutObjectCommandInput)),
  "S3 GetObject": async ({ s3 }, input) =>
    (await s3.send(new GetObjectCommand(input as GetObjectCommandInput))).Body?.transformToByteArray(),
  "SESv2 SendEmail": ({ sesSend }, input) => sesSend.send(new SendEmailCommand(input as SendEmailCommandInput)),
};

/** Calls of one operation that follow each other are made side by side, so many at a time. */
const width = 25;

/** Other ids for those of emails and batches, the same for the same. */
export type Ids = Map<string, string>;

/**
 * Makes calls again as they were recorded, by bare clients of the SDK: same operations, items, sizes and order, but of
 * other emails, so that the conditions hold.
 */
export async function replay(
  clients: Clients,
  from: Pick<World["ports"], "clock" | "random">,
  calls: readonly Call[],
  ids: Ids,
): Promise<void> {
  for (const group of grouped(calls))
    await Promise.all(
      group.map(({ service, operation, input }) => {
        const make = commands[`${service} ${operation}`];
        if (!make) throw new Error(`${service} ${operation} is called: say in replay.ts how it is made bare`);
        return make(clients, replace(input, from, ids) as object);
      }),
    );
}

function grouped(calls: readonly Call[]): Call[][] {
  const groups: Call[][] = [];
  for (const call of calls) {
    const last = groups.at(-1);
    if (last && last.length < width && last[0]?.operation === call.operation) last.push(call);
    else groups.push([call]);
  }
  return groups;
}

const id = /\b(?:em|bat)_[0-9a-hjkmnp-tv-z]{26}/g;

/** The value with other ids in every text, and another token for a transaction. */
function replace(value: unknown, from: Pick<World["ports"], "clock" | "random">, ids: Ids): unknown {
  if (typeof value === "string")
    return value.replaceAll(id, (old) => {
      const fresh = ids.get(old) ?? Id.make(old.startsWith("em") ? "email" : "batch", from);
      ids.set(old, fresh);
      return fresh;
    });
  if (Array.isArray(value)) return value.map((one) => replace(one, from, ids));
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  const entries = Object.entries(value).map(([name, one]): [string, unknown] => [
    name,
    name === "ClientRequestToken" ? randomBytes(16).toString("hex") : replace(one, from, ids),
  ]);
  return Object.fromEntries(entries);
}
