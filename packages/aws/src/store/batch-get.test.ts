import type { BatchGetCommand, DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { systemClock } from "@posthouse/aws/clock";
import { random } from "@posthouse/aws/random";
import { StoreBusy } from "@posthouse/core/ports/store";
import { describe, expect, it } from "vitest";
import { batchGet } from "./batch-get.ts";
import type { StoreNeeds } from "./store.ts";

/** A table that answers so many keys of a request, one number a call, and leaves the others. */
function table(answers: number[]) {
  const asked: number[] = [];
  const client = {
    send({ input }: BatchGetCommand) {
      const { Keys = [] } = input.RequestItems?.t ?? {};
      const count = answers[asked.push(Keys.length) - 1] ?? 0;
      const left = Keys.slice(count);
      return Promise.resolve({
        Responses: { t: Keys.slice(0, count) },
        UnprocessedKeys: left.length > 0 ? { t: { Keys: left } } : {},
      });
    },
  } as unknown as DynamoDBDocumentClient;
  return { client, asked };
}

const keys = Array.from({ length: 10 }, (_, n) => ({ pk: "a", sk: String(n) }));
let time = 0;
// Time passes by sleeping only, at once.
const clock = { now: () => time, sleep: (ms: number) => Promise.resolve(void (time += ms)) };
const needs = { table: "t", clock: { ...systemClock, ...clock }, random } as unknown as StoreNeeds;

describe("batchGet's leftovers", () => {
  it("are asked for again until all are there", async () => {
    const { client, asked } = table([4, 4, 2]);
    expect(await batchGet(needs, client, keys, false)).toEqual(keys);
    expect(asked).toEqual([10, 6, 2]);
  });

  it("wait where nothing at all was answered, however long the whole takes", async () => {
    const { client, asked } = table([1, 0, 0, 1, 0, 0, 0, 0, 0, 8]);
    const before = time;
    expect(await batchGet(needs, client, keys, false)).toEqual(keys);
    expect(asked).toHaveLength(10);
    expect(time).toBeGreaterThan(before);
  });

  it("end in StoreBusy when the table goes on answering nothing", async () => {
    const { client, asked } = table([]);
    await expect(batchGet(needs, client, keys, false)).rejects.toBeInstanceOf(StoreBusy);
    expect(asked.length).toBeGreaterThan(3);
  });
});
