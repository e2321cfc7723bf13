import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Fauxqs, region, startFauxqs } from "./fauxqs.ts";
import { type Poller, type PollerOptions, startPoller } from "./poller.ts";
import { createResources, credentials, deadLetters, type Queue, queues, queueUrl } from "./resources.ts";

let fauxqs: Fauxqs;
let client: SQSClient;
let poller: Poller | undefined;
const errors: string[] = [];
const ignore = (): void => undefined;
const log = { info: ignore, warn: ignore, error: (message: string) => void errors.push(message) };

beforeEach(async () => {
  errors.length = 0;
  fauxqs = await startFauxqs();
  createResources(fauxqs);
  client = new SQSClient({ endpoint: fauxqs.url, region, credentials, useQueueUrlAsEndpoint: false });
});
afterEach(async () => {
  await poller?.stop();
  client.destroy();
  await fauxqs.close();
});

const send = (queue: Queue, MessageBody: string, MessageGroupId?: string): Promise<unknown> => {
  const group = MessageGroupId && { MessageGroupId, MessageDeduplicationId: MessageBody };
  return client.send(new SendMessageCommand({ QueueUrl: queueUrl(fauxqs, queue), MessageBody, ...group }));
};
const start = (queue: Queue, handler: PollerOptions["handler"], more: Partial<PollerOptions> = {}): void => {
  poller = startPoller({ client, url: queueUrl(fauxqs, queue), handler, concurrency: 2, retry_s: 0, log, ...more });
};
const left = (name: string) => {
  const { ready = [], inflight = [] } = fauxqs.sqs.getQueueByName(name)?.inspectMessages() ?? {};
  return ready.length + inflight.length;
};
const bodies = ({ Records }: SQSEvent): string[] => Records.map(({ body }) => body);
const nothing: SQSBatchResponse = { batchItemFailures: [] };
const failures = (ids: string[]): SQSBatchResponse => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

describe("the event-source mapping", () => {
  it("hands over batches of at most ten as Lambda does, and deletes what succeeded", async () => {
    await Promise.all(Array.from({ length: 25 }, (_, n) => send("dispatch", `m${n}`)));
    const batches: SQSEvent[] = [];
    start("dispatch", (event) => Promise.resolve(void batches.push(event)).then(() => nothing));
    await vi.waitFor(() => expect(left("dispatch")).toBe(0), 10_000);
    expect(batches.flatMap(bodies).toSorted()).toHaveLength(25);
    expect(Math.max(...batches.map(({ Records }) => Records.length))).toBe(10);
    expect(batches[0]?.Records[0]).toMatchObject({
      eventSource: "aws:sqs",
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      attributes: { ApproximateReceiveCount: "1" },
    });
  });

  it("shows again only what failed, and gives it up to the dead-letter queue", async () => {
    for (const body of ["good", "bad"]) await send("dispatch", body);
    const seen: string[] = [];
    start("dispatch", (event) => {
      seen.push(...bodies(event));
      return Promise.resolve(failures(event.Records.filter(({ body }) => body === "bad").map((one) => one.messageId)));
    });
    await vi.waitFor(() => expect(left(deadLetters("dispatch"))).toBe(1), 10_000);
    expect(seen.filter((body) => body === "good")).toHaveLength(1);
    expect(seen.filter((body) => body === "bad")).toHaveLength(queues.dispatch.maxReceiveCount);
    expect(left("dispatch")).toBe(0);
  });

  it.each([
    ["throws", () => Promise.reject(new Error("down"))],
    ["reports an id that is not of the batch", () => Promise.resolve(failures(["other"]))],
  ])("shows the whole batch again when the function %s", async (_, broken) => {
    for (const body of ["a", "b"]) await send("dispatch", body);
    const seen: string[] = [];
    let calls = 0;
    start("dispatch", (event) => {
      seen.push(...bodies(event));
      return calls++ === 0 ? broken() : Promise.resolve(nothing);
    });
    await vi.waitFor(() => expect(left("dispatch")).toBe(0), 10_000);
    expect(seen.length).toBeGreaterThan(2);
    expect(new Set(seen)).toEqual(new Set(["a", "b"]));
  });

  it("works on so many batches at a time, not more", async () => {
    await Promise.all(Array.from({ length: 6 }, (_, n) => send("dispatch", `m${n}`)));
    let running = 0;
    let most = 0;
    const handler = async (): Promise<SQSBatchResponse> => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 30));
      running--;
      return nothing;
    };
    start("dispatch", handler, { batch: 1, concurrency: 3 });
    await vi.waitFor(() => expect(left("dispatch")).toBe(0), 10_000);
    expect(most).toBe(3);
  });

  it("keeps the order of a FIFO group, holds it back while a message of it fails, and not the others", async () => {
    for (const body of ["a1", "a2", "a3"]) await send("external", body, "a");
    await send("external", "b1", "b");
    const done: string[] = [];
    let failed = 0;
    start("external", (event) => {
      const bad = event.Records.filter(({ body }) => body === "a1" && failed++ < 3);
      // As a function has to on a FIFO queue: what comes after a failure in its group fails too.
      const report = event.Records.filter(({ body }) => bad.length > 0 && body.startsWith("a"));
      done.push(...bodies(event).filter((body) => !report.some((one) => one.body === body)));
      return Promise.resolve(failures(report.map(({ messageId }) => messageId)));
    });
    await vi.waitFor(() => expect(left("external.fifo")).toBe(0), 10_000);
    expect(done.filter((body) => body.startsWith("a"))).toEqual(["a1", "a2", "a3"]);
    expect(done.indexOf("b1")).toBeLessThan(done.indexOf("a1"));
  });

  it("R-KIND-4 shares a queue fairly: a few of one database do not wait for the thousands of another", async () => {
    const message = (database: string, n: number) => JSON.stringify({ database, id: `em_${n}` });
    for (let from = 0; from < 2_000; from += 50)
      await Promise.all(Array.from({ length: 50 }, (_, n) => send("mass", message("db_a", from + n))));
    for (let n = 0; n < 10; n++) await send("mass", message("db_b", n));
    const seen: string[] = [];
    start("mass", (event) => {
      seen.push(...bodies(event));
      return Promise.resolve(nothing);
    });
    await vi.waitFor(() => expect(left("mass")).toBe(0), 60_000);
    expect(seen).toHaveLength(2_010);
    const places = seen.flatMap((body, place) => (body.includes("db_b") ? [place] : []));
    expect(places).toHaveLength(10);
    // Two batches are in work at a time, and each database has every other message of them
    expect(places.at(-1)).toBeLessThan(60);
  });

  it("finishes what is in work when it is stopped, and takes nothing more", async () => {
    await send("dispatch", "first");
    let release = ignore;
    let finished = false;
    const started = new Promise<void>((begun) => {
      start("dispatch", async () => {
        begun();
        await new Promise<void>((resolve) => (release = resolve));
        finished = true;
        return nothing;
      });
    });
    await started;
    const stopped = poller?.stop();
    await send("dispatch", "second");
    release();
    await stopped;
    expect(finished).toBe(true);
    expect(left("dispatch")).toBe(1);
  });

  it("goes on when the queue can not be read for a while", async () => {
    const missing = startPoller({
      client,
      url: `${fauxqs.url}/0/none`,
      handler: () => Promise.resolve(nothing),
      concurrency: 1,
      log,
    });
    await vi.waitFor(() => expect(errors).toContain("a queue could not be read"), 10_000);
    await missing.stop();
  });
});
