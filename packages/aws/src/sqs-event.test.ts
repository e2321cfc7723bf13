import type { SQSEvent, SQSRecord } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { consume, type Job } from "./sqs-event.ts";

const record = (messageId: string, body: string, MessageGroupId?: string, queue = "external.fifo"): SQSRecord => {
  const attributes = { ...(MessageGroupId && { MessageGroupId }) };
  return { messageId, body, attributes, eventSourceARN: `arn:aws:sqs:us-east-1:0:${queue}` } as unknown as SQSRecord;
};
const event = (...Records: SQSRecord[]): SQSEvent => ({ Records });

describe("consume", () => {
  it("hands over the whole batch at once, and reports what failed", async () => {
    const seen: Job[][] = [];
    const handler = consume((jobs) => {
      seen.push(jobs);
      return Promise.resolve({ failed: ["m2"] });
    });
    const answer = await handler(event(record("m1", '{"id":"em_1"}', "srv_1#0"), record("m2", "2")));
    expect(seen).toEqual([
      [
        { id: "m1", group: "srv_1#0", body: { id: "em_1" } },
        { id: "m2", group: null, body: 2 },
      ],
    ]);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: "m2" }] });
  });

  it("the group of a standard queue is a fair share, and orders nothing", async () => {
    const seen: Job[] = [];
    const handler = consume((jobs) => {
      seen.push(...jobs);
      return Promise.resolve({ failed: [] });
    });
    await handler(event(record("m1", "1", "db_1", "dispatch"), record("m2", "2", "srv_1#0")));
    expect(seen.map(({ group }) => group)).toEqual([null, "srv_1#0"]);
  });

  it("reports what is no JSON, and works on the rest", async () => {
    const handler = consume((jobs) => Promise.resolve({ failed: jobs.map(({ id }) => id) }));
    const answer = await handler(event(record("m1", "{"), record("m2", "{}")));
    expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(["m1", "m2"]);
  });

  it("hands over what is no JSON as it stands, where plain text may come", async () => {
    const seen: Job[] = [];
    const work = (jobs: Job[]) => {
      seen.push(...jobs);
      return Promise.resolve({ failed: ["m2"] });
    };
    const answer = await consume(work, { text: true })(event(record("m1", "Successfully"), record("m2", "{")));
    expect(seen.map(({ body }) => body)).toEqual(["Successfully", "{"]);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: "m2" }] });
  });

  it("does not call for a batch with nothing readable in it", async () => {
    const handler = consume(() => Promise.reject(new Error("called")));
    expect((await handler(event(record("m1", "no")))).batchItemFailures).toHaveLength(1);
  });

  it("lets an error through: then all of the batch comes again", async () => {
    const handler = consume(() => Promise.reject(new Error("down")));
    await expect(handler(event(record("m1", "{}")))).rejects.toThrow("down");
  });
});
