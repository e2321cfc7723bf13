import type { Message } from "@posthouse/core/ports/queue";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { batches, entry } from "./queue.ts";

const message = (body: Record<string, unknown>, more: Partial<Message> = {}): Message => ({
  body,
  group: "db_1",
  ...more,
});

describe("queue on SQS", () => {
  let test: TestPorts;
  beforeAll(async () => {
    test = await startTestPorts();
  });
  afterAll(() => test.close());

  it("sends any number, in tens", async () => {
    await test.ports.queue.send(
      "dispatch",
      Array.from({ length: 23 }, (_, n) => message({ n })),
    );
    const jobs = await test.jobs.take("dispatch");
    expect(jobs.map(({ body }) => (body as { n: number }).n)).toEqual(Array.from({ length: 23 }, (_, n) => n));
    await test.ports.queue.send("dispatch", []);
    expect(test.jobs.peek("dispatch")).toEqual([]);
  });

  it("keeps group and order of a FIFO queue, and takes a deduplication id once", async () => {
    const send = (n: number) =>
      test.ports.queue.send("external", [message({ n }, { group: "srv_1#0", deduplication: `em_${n}.0` })]);
    for (const n of [1, 2, 2, 3]) await send(n);
    const jobs = await test.jobs.take("external");
    expect(jobs.map(({ group, body }) => [group, body])).toEqual([1, 2, 3].map((n) => ["srv_1#0", { n }]));
  });

  it("throws when the queue did not take some", async () => {
    const bad = message({ n: 1 }, { group: "", deduplication: "x" });
    await expect(test.ports.queue.send("external", [bad])).rejects.toThrow(/external did not take 1/);
  });

  it("refuses what SQS refuses and the embedded queue would take", () => {
    expect(() => entry(message({}, { delay: 901 }), 0, false)).toThrow(/0 to 900/);
    expect(() => entry(message({}, { delay: 5, deduplication: "x" }), 0, true)).toThrow(/can not be delayed/);
    expect(() => entry(message({}), 0, true)).toThrow(/deduplication/);
    expect(() => entry(message({ text: "x".repeat(1_048_576) }), 0, false)).toThrow(/1 MiB/);
  });

  it("gives a standard queue the group as the share of a fair queue, and whole seconds", () => {
    expect(entry(message({ a: 1 }, { delay: 1.2, deduplication: "x" }), 3, false)).toEqual({
      Id: "3",
      MessageBody: '{"a":1}',
      MessageGroupId: "db_1",
      DelaySeconds: 2,
    });
  });

  it("batches hold at most ten and 1 MiB, and lose or reorder nothing", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 600_000 }), { maxLength: 40 });
    fc.assert(
      fc.property(sizes, (given) => {
        const entries = given.map((size, n) => ({ Id: String(n), MessageBody: "x".repeat(size) }));
        const made = batches(entries);
        expect(made.flat()).toEqual(entries);
        for (const batch of made) {
          expect(batch.length).toBeLessThanOrEqual(10);
          expect(batch.reduce((sum, { MessageBody }) => sum + (MessageBody?.length ?? 0), 0)).toBeLessThanOrEqual(
            1_048_576,
          );
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("a message of a traced invocation", () => {
  it("carries the trace to what reads it, and no other does", () => {
    const AWSTraceHeader = { DataType: "String", StringValue: "Root=1-a-b;Sampled=1" };
    expect(entry(message({ n: 1 }), 0, false, "Root=1-a-b;Sampled=1").MessageSystemAttributes).toEqual({
      AWSTraceHeader,
    });
    expect(entry(message({ n: 1 }), 0, false)).not.toHaveProperty("MessageSystemAttributes");
  });
});
