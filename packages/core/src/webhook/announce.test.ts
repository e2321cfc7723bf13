import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as keys from "../keys.ts";
import type { Log } from "../ports/log.ts";
import type { Queue } from "../ports/queue.ts";
import { ConditionFailed, TransactionCanceled } from "../ports/store.ts";
import { announcing } from "./announce.ts";
import { ofEvent } from "./message.ts";
import * as Outbox from "./outbox.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

const event = (id: string) => Outbox.put("db_1", { id, type: "email.sent", data: {} }, env.ports.clock.now());
const other = { put: { ...keys.usage("db_1", "2026-01-01"), n: 1 } };
const never = { if: "attribute_exists(pk)" };
const queued = async () => (await env.jobs.take("webhook")).map(({ body }) => body);

describe("what is written to the outbox", () => {
  it("is put on its queue with the write, by itself or in a transaction; all else is not", async () => {
    await env.ports.store.write(event("a"));
    await env.ports.store.transact([other, event("b"), event("c")]);
    await env.ports.store.write(other);
    await env.ports.store.write({ delete: keys.outbox("db_1", "a") });
    expect(await queued()).toEqual(["a", "b", "c"].map((id) => ofEvent("db_1", id).body));
  });

  it("is not where it was not written", async () => {
    await expect(env.ports.store.write({ ...event("d"), ...never })).rejects.toBeInstanceOf(ConditionFailed);
    await expect(
      env.ports.store.transact([event("e"), { ...other, ...never, put: { ...other.put, sk: "NO" } }]),
    ).rejects.toBeInstanceOf(TransactionCanceled);
    expect(await queued()).toEqual([]);
  });

  it("is written all the same while the queue is down: it is due, and the tick finds it", async () => {
    const warned: string[] = [];
    const quiet = () => undefined;
    const log: Log = { info: quiet, error: quiet, warn: (message) => void warned.push(message) };
    const queue: Queue = { ...env.ports.queue, send: () => Promise.reject(new Error("down")) };
    await announcing(env.ports.store, { queue, log }).transact([event("f")]);
    expect(warned).toEqual(["events were not enqueued, the tick will"]);
    const item = await env.ports.store.get(keys.outbox("db_1", "f"), { consistent: true });
    expect(item).toMatchObject({ due_pk: expect.stringMatching(/^DUE#/), database: "db_1" });
  });
});
