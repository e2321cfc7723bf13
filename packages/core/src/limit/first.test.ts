import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { later, makeHolding, nextDay } from "../../../../test/support/held.ts";
import { want } from "../../../../test/support/webhooks.ts";
import { acceptAll } from "../batch/accept.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T12:00:00Z") });
});
afterAll(() => env.close());

const send = async (db: TestDatabase, changes = {}) => (await accept(env.ports, await db.version(), mail(changes))).id;
const view = (db: TestDatabase, id: string) => get(env.ports, db.id, id);
const three = ["a@example.net", "b@example.net", "c@example.net"];

/** A database that refuses at its limit of 3, with a scheduled mail to three that found it full. */
async function withHeld() {
  const db = await makeDatabase(env.ports, { name: `first${made++}`, daily_limit: 3 });
  const id = await send(db, { to: three, scheduled_at: "in 1 hour" });
  await send(db);
  await later(env, 3_700);
  expect((await view(db, id)).status).toBe("held");
  return { db, id };
}

/** To 0.2 s after the reset at 23:00 UTC, before any tick. */
function reset() {
  const now = env.ports.clock.now();
  const at = new Date(now).setUTCHours(23, 0, 0, 200);
  env.advance((at > now ? at : at + 86_400_000) - now);
}

const full = { name: "daily_quota_exceeded", details: { retry_after_seconds: 60 } };

describe("R-LIM-4 mail that is held where the limit refuses goes first in a new day", () => {
  it("before a mail that comes ahead of the tick, day by day", async () => {
    const { db, id } = await withHeld();
    reset();
    await expect(send(db)).rejects.toMatchObject(full);
    const { accepted, refusals } = await acceptAll(env.ports, await db.version(), [mail(), mail()], true);
    expect([accepted.length, refusals.length]).toEqual([0, 2]);
    await later(env, 61);
    expect((await view(db, id)).status).toBe("sent");
    await nextDay(env);
    expect((await view(db, await send(db))).status).toBe("queued");
  });

  it("and new transactional mail passes held mass mail", async () => {
    const mass = await makeDatabase(env.ports, { name: `first${made++}`, daily_limit: 1 });
    const held = await send(mass, { kind: "mass", scheduled_at: "in 1 hour" });
    await send(mass);
    await later(env, 3_700);
    reset();
    await expect(send(mass, { kind: "mass" })).rejects.toMatchObject(full);
    await send(mass);
    await later(env, 61);
    expect((await view(mass, held)).status).toBe("held");
  });

  it("at the cost of one look a day, and none where the day has begun", async () => {
    const db = await makeDatabase(env.ports, { name: `first${made++}`, daily_limit: 9 });
    let looks = 0;
    const query: typeof env.ports.store.query = (asked) => {
      if (asked.pk === keys.line(db.id, "platform").pk) looks++;
      return env.ports.store.query(asked);
    };
    const ports = { ...env.ports, store: { ...env.ports.store, query } };
    for (let n = 0; n < 3; n++) await accept(ports, await db.version(), mail());
    expect(looks).toBe(1);
  });
});

describe("R-LIM-5 the limit is told reached where what is left is too little", () => {
  const told = async (db: TestDatabase) => {
    const { items } = await env.ports.store.query({ pk: keys.outbox(db.id, "").pk, consistent: true });
    return items.filter(({ type }) => String(type).startsWith("usage.")).map(({ type, data }) => [type, data]);
  };
  const wanting = (db: TestDatabase) => want(env.ports, db.id, "usage.warning", "usage.limit_reached");
  const reached = (used: number) => ["usage.limit_reached", expect.objectContaining({ percent: 100, used, limit: 20 })];

  it("once a day, by the first mail that is refused", async () => {
    const db = await makeDatabase(env.ports, { name: `first${made++}`, daily_limit: 20 });
    await wanting(db);
    for (let n = 0; n < 6; n++) await send(db, { to: three });
    expect(await told(db)).toHaveLength(1);
    for (let n = 0; n < 3; n++) await expect(send(db, { to: three })).rejects.toMatchObject({ name: full.name });
    for (let n = 0; n < 2; n++) await send(db);
    expect(await told(db)).toEqual([reached(18), ["usage.warning", expect.objectContaining({ used: 18 })]]);
  });

  it("or held, that of a day whose line takes it all too; not by one larger than the limit", async () => {
    const db = await makeHolding(env, 20);
    await wanting(db);
    const large = Array.from({ length: 21 }, (_, n) => `r${n}@example.net`);
    await expect(db.send({ to: large })).rejects.toMatchObject({ name: full.name });
    expect(await told(db)).toEqual([]);
    for (let n = 0; n < 14; n++) await db.send({ to: three });
    expect((await told(db)).filter(([type]) => type === "usage.limit_reached")).toEqual([reached(18)]);
    await nextDay(env);
    await later(env, 3_600);
    expect((await told(db)).filter(([type]) => type === "usage.limit_reached")).toEqual([reached(18), reached(18)]);
  });

  it("a counter of an older version, which does not say what was told, is charged all the same", async () => {
    const db = await makeDatabase(env.ports, { name: `first${made++}`, daily_limit: 5 });
    await wanting(db);
    await send(db);
    const { items } = await env.ports.store.query({ pk: keys.usage(db.id, today()).pk });
    expect(items).toHaveLength(1);
    await env.ports.store.write({ update: keys.usage(db.id, today()), remove: ["warned"] });
    for (let n = 0; n < 4; n++) await send(db);
    expect(await told(db)).toHaveLength(2);
  });
});

const today = () => {
  const now = env.ports.clock.now();
  return new Date(now + 3_600_000).toISOString().slice(0, 10);
};
