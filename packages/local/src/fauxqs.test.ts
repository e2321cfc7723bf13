import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Fauxqs, region, startFauxqs } from "./fauxqs.ts";
import { bucket, createResources, credentials, type Queue, queueUrl, topicArn } from "./resources.ts";

let dir: string;
let fauxqs: Fauxqs;
let sqs: SQSClient;

async function start(): Promise<void> {
  fauxqs = await startFauxqs({ dir });
  createResources(fauxqs);
  sqs = new SQSClient({ endpoint: fauxqs.url, region, credentials, useQueueUrlAsEndpoint: false });
}
async function stop(): Promise<void> {
  sqs.destroy();
  await fauxqs.close();
}
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "posthouse-"));
  await start();
});
afterEach(async () => {
  await stop();
  await rm(dir, { recursive: true, force: true });
});

const send = (queue: Queue, MessageBody: string, MessageGroupId?: string) => {
  const group = MessageGroupId && { MessageGroupId, MessageDeduplicationId: MessageBody };
  return sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(fauxqs, queue), MessageBody, ...group }));
};
const receive = async (queue: Queue) => {
  const input = { QueueUrl: queueUrl(fauxqs, queue), MaxNumberOfMessages: 10 };
  return (await sqs.send(new ReceiveMessageCommand(input))).Messages ?? [];
};
const bodies = async (queue: Queue) => (await receive(queue)).map(({ Body }) => Body);

describe("embedded SQS, SNS and S3", () => {
  it("listens on the loopback only", () => {
    expect(fauxqs.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it("keeps messages, subscription and objects over a restart, and its queues' messages with them", async () => {
    const s3 = (): S3Client => new S3Client({ endpoint: fauxqs.url, region, credentials });
    await send("dispatch", "one");
    await s3().send(new PutObjectCommand({ Bucket: bucket, Key: "k", Body: "body" }));
    await stop();
    await start();
    expect(await bodies("dispatch")).toEqual(["one"]);
    const { Body } = await s3().send(new GetObjectCommand({ Bucket: bucket, Key: "k" }));
    expect(await Body?.transformToString()).toBe("body");
    const sns = new SNSClient({ endpoint: fauxqs.url, region, credentials });
    await sns.send(new PublishCommand({ TopicArn: topicArn, Message: '{"eventType":"Send"}' }));
    expect(await bodies("feedback")).toEqual(['{"eventType":"Send"}']);
  });

  it("what was in the hands of the last process is free at once, in order", async () => {
    for (const body of ["1", "2", "3"]) await send("external", body, "a");
    for (const body of ["1", "2"]) await send("dispatch", body);
    expect(await bodies("external")).toContain("1");
    expect(await bodies("dispatch")).toHaveLength(2);
    await stop();
    await start();
    expect(await bodies("dispatch")).toEqual(["1", "2"]);
    expect((await bodies("external"))[0]).toBe("1");
  });

  it("hands out the messages of a FIFO group together and in order, and then holds the group back", async () => {
    const names = Array.from({ length: 12 }, (_, n) => `a${n}`);
    for (const body of names) await send("external", body, "a");
    await send("external", "b", "b");
    const first = await receive("external");
    expect(first.map(({ Body }) => Body)).toEqual(names.slice(0, 10));
    expect(await bodies("external")).toEqual(["b"]);
    const QueueUrl = queueUrl(fauxqs, "external");
    for (const { ReceiptHandle } of first.slice(0, 8))
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    expect(await bodies("external")).toEqual([]);
    for (const { ReceiptHandle } of first.slice(8))
      await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    expect(await bodies("external")).toEqual(["a8", "a9", "a10", "a11"]);
  });

  it("takes a FIFO queue's groups from the databases in turn, those first that have least in hand", async () => {
    const body = (database: string, n: number) => JSON.stringify({ database, id: `${database}${n}` });
    for (const group of ["a#0", "a#1", "a#2"])
      for (let n = 0; n < 10; n++) await send("external", body("a", Number(group.at(-1)) * 10 + n), group);
    for (let n = 0; n < 10; n++) await send("external", body("b", n), "b#0");
    const next = async () => {
      const messages = await receive("external");
      const [first] = messages.map(({ Body = "" }) => (JSON.parse(Body) as { database: string }).database);
      return { first, messages };
    };
    const taken = [await next(), await next(), await next()];
    expect(taken.map(({ first }) => first)).toEqual(["a", "b", "a"]);
    for (let n = 10; n < 20; n++) await send("external", body("b", n), "b#1");
    expect((await next()).first).toBe("b");
  });

  it("a FIFO queue with nothing in hand goes round as well: a group with more comes after the others", async () => {
    const body = (database: string, n: number) => JSON.stringify({ database, id: `${database}${n}` });
    for (let n = 0; n < 30; n++) await send("external", body("a", n), "a#0");
    await send("external", body("b", 0), "b#0");
    const QueueUrl = queueUrl(fauxqs, "external");
    const seen: string[] = [];
    for (let n = 0; n < 2; n++)
      for (const { Body = "", ReceiptHandle } of await receive("external")) {
        seen.push((JSON.parse(Body) as { database: string }).database);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    expect(seen.slice(10, 12)).toEqual(["b", "a"]);
  });

  it("a message shown again at once is not lost", async () => {
    await send("dispatch", "one");
    const [message] = await receive("dispatch");
    const QueueUrl = queueUrl(fauxqs, "dispatch");
    const { ReceiptHandle } = message ?? {};
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    const [again] = await receive("dispatch");
    expect(again?.Body).toBe("one");
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: again?.ReceiptHandle }));
    await stop();
    await start();
    expect(await receive("dispatch")).toEqual([]);
  });
});
