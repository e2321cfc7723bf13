import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { want } from "../../../../test/support/webhooks.ts";
import { patch } from "../database/patch.ts";
import type { Version } from "../database/version.ts";
import { accept } from "../email/accept.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { giveBack } from "./counter.ts";
import { crossing } from "./threshold.ts";
import { usage } from "./usage.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T12:00:00Z") });
});
afterAll(() => env.close());

const make = async (name: string, input = {}): Promise<TestDatabase> => {
  const db = await makeDatabase(env.ports, { name, ...input });
  await want(env.ports, db.id, "usage.warning", "usage.limit_reached");
  return db;
};
const told = async (db: TestDatabase): Promise<[unknown, Record<string, unknown>][]> => {
  const { items } = await env.ports.store.query({ pk: keys.outbox(db.id, "").pk, consistent: true });
  return items.map(({ type, data }) => [type, data as Record<string, unknown>]);
};
const send = async (db: TestDatabase, count: number, ports: Ports = env.ports, changes = {}) =>
  Promise.allSettled(Array.from({ length: count }, async () => accept(ports, await db.version(), mail(changes))));

it("R-LIM-5 property: a charge tells of the thresholds it crosses untold of, and of no other", () => {
  const numbers = fc.tuple(fc.integer({ min: 1, max: 10_000 }), fc.nat(), fc.nat(), fc.constantFrom(0, 80, 100));
  fc.assert(
    fc.property(numbers, ([limit, a, b, warned]) => {
      const left = (a % limit) + 1;
      const n = (b % left) + 1;
      const version = { id: "db_x", limit, limit_rev: 1 } as unknown as Version;
      const counter = { left, limit, limit_rev: 1, warned };
      const { events, charge } = crossing(version, { day: "2026-11-22", resets_at: "" }, counter, n, 0);
      const used = limit - left + n;
      const wanted = [80, 100].filter((percent) => warned < percent && used * 100 >= limit * percent);
      expect(events.map(({ put }) => (put["data"] as { percent: number }).percent)).toEqual(wanted);
      expect(charge.set).toEqual({ warned: Math.max(warned, ...wanted) });
    }),
  );
});

describe("R-LIM-5 the database is told when 80 and 100 % of its limit are used", () => {
  it("each once, with the true numbers, however many mails are accepted at once", async () => {
    const db = await make("parallel");
    await send(db, 80);
    const resets_at = "2026-11-22T23:00:00.000Z";
    expect(await told(db)).toEqual([
      ["usage.limit_reached", { percent: 100, used: 50, limit: 50, date: "2026-11-22", resets_at }],
      ["usage.warning", { percent: 80, used: 40, limit: 50, date: "2026-11-22", resets_at }],
    ]);
  });

  it("each once by several processes, whose transactions conflict", async () => {
    const db = await make("processes");
    const processes = Array.from({ length: 6 }, () => ({ ...env.ports, store: { ...env.ports.store } }));
    await Promise.all(processes.map((ports) => send(db, 12, ports)));
    expect((await usage(env.ports, await db.version())).used).toBe(50);
    expect((await told(db)).map(([type, { used }]) => [type, used])).toEqual([
      ["usage.limit_reached", 50],
      ["usage.warning", 40],
    ]);
  });

  it("not before, and both by a mail that crosses both", async () => {
    const db = await make("steps", { daily_limit: 10 });
    await send(db, 7);
    expect(await told(db)).toEqual([]);
    await send(db, 1, env.ports, { to: ["a@example.net", "b@example.net", "c@example.net"] });
    expect((await told(db)).map(([, { percent, used }]) => [percent, used])).toEqual([
      [100, 10],
      [80, 10],
    ]);
  });

  it("not again when mail is given back and the limit is reached once more", async () => {
    const db = await make("again", { daily_limit: 5 });
    await send(db, 5);
    await env.ports.store.write(giveBack(db.id, "2026-11-22", 3));
    await send(db, 3);
    expect((await usage(env.ports, await db.version())).remaining).toBe(0);
    expect(await told(db)).toHaveLength(2);
  });

  it("again when the limit has changed, or the day", async () => {
    const db = await make("changed", { daily_limit: 5 });
    await send(db, 5);
    await patch(env.ports, "changed", { daily_limit: 10 });
    await send(db, 2);
    expect(await told(db)).toHaveLength(2);
    await send(db, 1);
    expect((await told(db)).map(([, { limit, used }]) => [limit, used])).toEqual([
      [5, 5],
      [5, 4],
      [10, 8],
    ]);
  });

  it("where a webhook wants it, and else nothing is written but that it was crossed", async () => {
    const db = await makeDatabase(env.ports, { name: "unwanted", daily_limit: 5 });
    await want(env.ports, db.id, "usage.limit_reached");
    await send(db, 6);
    expect((await told(db)).map(([type]) => type)).toEqual(["usage.limit_reached"]);
    const quiet = await makeDatabase(env.ports, { name: "quiet", daily_limit: 5 });
    await send(quiet, 6);
    expect(await told(quiet)).toEqual([]);
    expect((await usage(env.ports, await quiet.version())).remaining).toBe(0);
  });

  it("costs nothing where no threshold is crossed", async () => {
    const db = await make("costs", { daily_limit: 100 });
    await send(db, 2);
    const cost = async () => {
      env.meter.reset();
      await send(db, 1);
      const { reads, writes } = env.meter.read();
      return { reads, writes };
    };
    const below = await cost();
    await send(db, 80);
    expect(await told(db)).toHaveLength(1);
    expect(await cost()).toEqual(below);
  });
});
