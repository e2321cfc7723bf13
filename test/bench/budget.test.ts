import { shards } from "@posthouse/core/email/due";
import { beforeAll, describe, expect, it } from "vitest";
import * as Budget from "./budget.ts";
import { type Cost, countAll, type Step } from "./cost.ts";
import { countWaiting, waiting as mailsWaiting, type Waiting } from "./waiting.ts";
import { countTelling } from "./webhook.ts";

/** Exact counts only: a time would tell of the machine. A figure that changes here is to be changed knowingly. */
describe("what a mail costs", () => {
  let costs: Record<Step, Cost>;
  beforeAll(async () => {
    costs = await countAll();
  });

  const accepted = {
    "DynamoDB GetItem": 1,
    "DynamoDB BatchGetItem": 1,
    "DynamoDB PutItem": 1,
    "DynamoDB TransactWriteItems": 1,
    "SQS SendMessageBatch": 1,
  };

  it.each<[Step, Cost]>([
    ["accept", { calls: accepted, reads: 1.5, writes: { PutItem: 3, TransactWriteItems: 7 }, indexes: 3 }],
    [
      "accept with key",
      {
        calls: { ...accepted, "DynamoDB GetItem": 2 },
        reads: 2.5,
        writes: { PutItem: 3, TransactWriteItems: 9 },
        indexes: 3,
      },
    ],
    [
      "batch of 100",
      {
        calls: {
          "DynamoDB GetItem": 1,
          "DynamoDB BatchGetItem": 1,
          "S3 PutObject": 1,
          "DynamoDB TransactWriteItems": 1,
          "DynamoDB PutItem": 100,
          "SQS SendMessageBatch": 10,
          "DynamoDB DeleteItem": 1,
        },
        reads: 51,
        writes: { TransactWriteItems: 5, PutItem: 400, DeleteItem: 2 },
        indexes: 302,
      },
    ],
    [
      "dispatch",
      {
        calls: { "DynamoDB BatchGetItem": 1, "DynamoDB UpdateItem": 3, "DynamoDB PutItem": 1, "SESv2 SendEmail": 1 },
        reads: 3,
        writes: { PutItem: 1, UpdateItem: 4 },
        indexes: 1,
      },
    ],
    [
      "dispatch, of a batch",
      {
        calls: {
          "DynamoDB BatchGetItem": 1,
          "S3 GetObject": 1,
          "DynamoDB UpdateItem": 3,
          "SESv2 SendEmail": 1,
          "DynamoDB PutItem": 1,
        },
        reads: 3,
        writes: { PutItem: 1, UpdateItem: 4 },
        indexes: 1,
      },
    ],
    ["feedback, nothing new", { calls: { "DynamoDB BatchGetItem": 1 }, reads: 1, writes: {}, indexes: 0 }],
    [
      "feedback, ten delivered",
      {
        calls: { "DynamoDB BatchGetItem": 1, "DynamoDB TransactWriteItems": 1 },
        reads: 10,
        writes: { TransactWriteItems: 22 },
        indexes: 0,
      },
    ],
    [
      "feedback, settles",
      {
        calls: {
          "DynamoDB BatchGetItem": 1,
          "DynamoDB GetItem": 1,
          "DynamoDB PutItem": 1,
          "DynamoDB TransactWriteItems": 1,
        },
        reads: 2,
        writes: { PutItem: 1, TransactWriteItems: 5 },
        indexes: 1,
      },
    ],
  ])("%s", (step, cost) => {
    expect(costs[step]).toEqual(cost);
  });

  it("is over the budget nowhere", () => {
    expect(Budget.compare(costs).filter(({ budget, spent }) => budget !== null && spent > budget)).toEqual([]);
  });
});

describe("what waiting for a limit costs a mail", () => {
  let waiting: Waiting;
  beforeAll(async () => {
    waiting = await countWaiting();
  });
  const transactions = ({ calls }: Cost) => calls["DynamoDB TransactWriteItems"];

  it("R-LIM-5 over a server's limit it is touched once when it joins and once when it is released", () => {
    expect(transactions(waiting.joins)).toBe(1);
    expect(waiting.joins.writes).toEqual({ TransactWriteItems: 9 });
    expect(transactions(waiting.released)).toBe(1);
  });

  it("R-LIM-5 a tick between writes nothing and reads none of those who wait", () => {
    expect(waiting.look).toEqual({ calls: { "DynamoDB Query": shards }, reads: shards / 2, writes: {}, indexes: 0 });
  });

  it("R-LIM-4 held at acceptance costs one transaction, released 25 share one", () => {
    expect(transactions(waiting.held)).toBe(1);
    // 32 in two groups, and once more for the counter, which is of the limit before
    expect(transactions(waiting.heldReleased)).toBe(3 / mailsWaiting);
  });
});

describe("what an event costs that a webhook is told", () => {
  it("is 2 read units and 6 write units from the queue to the answer, and an item in the outbox", async () => {
    const { written, told, cold } = await countTelling();
    expect(cold).toEqual({ calls: { "DynamoDB Query": 2 }, reads: 1, writes: {}, indexes: 0 });
    expect(written.calls).toEqual({ "DynamoDB PutItem": 1, "SQS SendMessageBatch": 1 });
    expect(written.writes).toEqual({ PutItem: 2 });
    expect(told).toEqual({
      calls: {
        "DynamoDB GetItem": 1,
        "DynamoDB Query": 2,
        "DynamoDB PutItem": 1,
        "DynamoDB DeleteItem": 1,
        "DynamoDB UpdateItem": 1,
      },
      reads: 2,
      writes: { PutItem: 2, DeleteItem: 2, UpdateItem: 2 },
      indexes: 3,
    });
  });
});
