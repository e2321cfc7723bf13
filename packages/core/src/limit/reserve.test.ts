import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mail, makeDatabase } from "../../../../test/support/database.ts";
import { want } from "../../../../test/support/webhooks.ts";
import { patch } from "../database/patch.ts";
import { accept } from "../email/accept.ts";
import type { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { StoreBusy } from "../ports/store.ts";
import { giveBack } from "./counter.ts";
import { usage } from "./usage.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T12:00:00Z") });
});
afterAll(() => env.close());

const three = { to: ["a@example.net", "b@example.net"], cc: ["c@example.net"] };

async function sendAll(count: number, ports: Ports, db: Awaited<ReturnType<typeof makeDatabase>>, changes = {}) {
  const send = async () => accept(ports, await db.version(), mail(changes));
  const results = await Promise.allSettled(Array.from({ length: count }, send));
  const refused = results.filter((result) => result.status === "rejected").map(({ reason }) => reason as AppError);
  return { accepted: count - refused.length, refused };
}

describe("R-LIM-3 the limit holds exactly", () => {
  it("300 parallel mails, trial: 50 accepted, 250 refused with when it is reset", async () => {
    const db = await makeDatabase(env.ports, { name: "parallel" });
    await want(env.ports, db.id, "usage.warning", "usage.limit_reached");
    const { accepted, refused } = await sendAll(300, env.ports, db);
    expect(accepted).toBe(50);
    expect(new Set(refused.map(({ name }) => name))).toEqual(new Set(["daily_quota_exceeded"]));
    expect(refused[0]?.details).toMatchObject({ limit: 50, remaining: 0, resets_at: "2026-11-22T23:00:00.000Z" });
    expect(await usage(env.ports, await db.version())).toMatchObject({ used: 50, limit: 50, remaining: 0 });
    // R-LIM-5 each threshold is told once
    const { items } = await env.ports.store.query({ pk: keys.outbox(db.id, "").pk, consistent: true });
    expect(items.map(({ type }) => type)).toEqual(["usage.limit_reached", "usage.warning"]);
  });

  it("several processes at once: their transactions conflict, the limit holds", async () => {
    const db = await makeDatabase(env.ports, { name: "processes" });
    // Turns are taken by store: each of these is a process of its own.
    const processes = Array.from({ length: 6 }, () => ({ ...env.ports, store: { ...env.ports.store } }));
    const results = await Promise.all(processes.map((ports) => sendAll(15, ports, db)));
    expect(results.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(50);
    const names = results.flatMap(({ refused }) => refused.map(({ name }) => name));
    expect(new Set(names)).toEqual(new Set(["daily_quota_exceeded"]));
    expect(await usage(env.ports, await db.version())).toMatchObject({ used: 50, remaining: 0 });
  });

  it("the same with recipients in threes: 48 recipients", async () => {
    const db = await makeDatabase(env.ports, { name: "threes" });
    const { accepted, refused } = await sendAll(60, env.ports, db, three);
    expect(accepted).toBe(16);
    expect(refused.every(({ name }) => name === "daily_quota_exceeded")).toBe(true);
    expect(await usage(env.ports, await db.version())).toMatchObject({ used: 48, remaining: 2 });
  });

  it("more recipients than the whole limit are refused", async () => {
    const db = await makeDatabase(env.ports, { name: "whole", daily_limit: 2 });
    const { refused } = await sendAll(1, env.ports, db, three);
    expect(refused[0]).toMatchObject({ name: "daily_quota_exceeded", statusCode: 429 });
    expect((await usage(env.ports, await db.version())).used).toBe(0);
  });

  it("R-LIM-1 a limit that is raised and lowered during the day and under load", async () => {
    const db = await makeDatabase(env.ports, { name: "changing", daily_limit: 10 });
    const [first] = await Promise.all([sendAll(60, env.ports, db), patch(env.ports, "changing", { daily_limit: 25 })]);
    expect(first.refused.every(({ name }) => name === "daily_quota_exceeded")).toBe(true);
    const rest = await sendAll(60, env.ports, db);
    expect(first.accepted + rest.accepted).toBe(25);
    await patch(env.ports, "changing", { daily_limit: 5 });
    expect((await sendAll(3, env.ports, db)).accepted).toBe(0);
    expect(await usage(env.ports, await db.version())).toMatchObject({ used: 25, limit: 5, remaining: 0 });
    await patch(env.ports, "changing", { daily_limit: null, plan: "standard" });
    expect((await sendAll(3, env.ports, db)).accepted).toBe(3);
    expect(await usage(env.ports, await db.version())).toMatchObject({ used: 28, limit: 200, remaining: 172 });
  });

  it("an error of the counter refuses, retryable, and never lets through", async () => {
    const db = await makeDatabase(env.ports, { name: "broken" });
    const store = {
      ...env.ports.store,
      transact: () => Promise.reject(new StoreBusy("throttled")),
    };
    const clock = { ...env.ports.clock, sleep: () => Promise.resolve() };
    const { refused } = await sendAll(1, { ...env.ports, store, clock }, db);
    expect(refused[0]).toMatchObject({ name: "limit_unavailable", statusCode: 503 });
    expect((await usage(env.ports, await db.version())).used).toBe(0);
  });

  it("a commit whose answer was lost counts once and is no refusal", async () => {
    const db = await makeDatabase(env.ports, { name: "lost-answer" });
    let lost = 0;
    const transact: Ports["store"]["transact"] = async (writes, token) => {
      await env.ports.store.transact(writes, token);
      if (lost++ === 0) throw new StoreBusy("reset");
    };
    const { accepted } = await sendAll(1, { ...env.ports, store: { ...env.ports.store, transact } }, db);
    expect(accepted).toBe(1);
    expect((await usage(env.ports, await db.version())).used).toBe(1);
  });
});

describe("a counter that was seen full", () => {
  it("is read, and nothing is written; what is given back can be taken again", async () => {
    const db = await makeDatabase(env.ports, { name: "full", daily_limit: 1 });
    await sendAll(1, env.ports, db);
    expect((await sendAll(1, env.ports, db)).accepted).toBe(0);
    env.meter.reset();
    const { refused } = await sendAll(1, env.ports, db);
    expect(refused[0]).toMatchObject({ name: "daily_quota_exceeded" });
    expect(env.meter.read().writes).toBe(0);
    await env.ports.store.write(giveBack(db.id, "2026-11-22", 1));
    expect((await sendAll(2, env.ports, db)).accepted).toBe(1);
  });

  it("an idempotency key has its answer though the counter is full", async () => {
    const db = await makeDatabase(env.ports, { name: "full-key", daily_limit: 1 });
    const key = { key: "k", hash: "h" };
    const first = await accept(env.ports, await db.version(), mail(), key);
    expect((await sendAll(1, env.ports, db)).accepted).toBe(0);
    expect(await accept(env.ports, await db.version(), mail(), key)).toEqual(first);
  });
});

// Last: it moves the clock for all.
describe("R-LIM-2 the day ends at 23:00 UTC", () => {
  it("a full limit is whole again after the reset, and the day before is history", async () => {
    const db = await makeDatabase(env.ports, { name: "reset", daily_limit: 1 });
    await sendAll(1, env.ports, db);
    expect((await sendAll(1, env.ports, db)).accepted).toBe(0);
    env.advance(11 * 3_600_000);
    expect((await sendAll(1, env.ports, db)).accepted).toBe(1);
    const { date, history, used } = await usage(env.ports, await db.version());
    expect({ date, used }).toEqual({ date: "2026-11-23", used: 1 });
    expect(history).toMatchObject([
      { date: "2026-11-23", accepted: 1 },
      { date: "2026-11-22", accepted: 1 },
    ]);
  });
});
