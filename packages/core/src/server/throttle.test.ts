import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { type Sink, startSink } from "../../../../test/support/sink.ts";
import { load } from "../configuration/load.ts";
import { run } from "../dispatch/batch.ts";
import * as Domain from "../domain/domain.ts";
import { accept } from "../email/accept.ts";
import { cancel } from "../email/cancel.ts";
import type { Head } from "../email/head.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import * as Settings from "../settings/patch.ts";
import { tick } from "../tick/run.ts";
import type { ServerInput } from "./input.ts";
import { nextMinute } from "./limit.ts";
import * as Server from "./server.ts";
import { usage } from "./usage.ts";

let env: TestPorts;
let sink: Sink;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T12:00:05Z") });
});
beforeEach(async () => {
  sink = await startSink();
});
afterEach(() => sink.close());
afterAll(() => env.close());

/** A database with a server of its own for company.com, at the beginning of a minute. */
async function setUp(input: Omit<ServerInput, "name">, port = sink.port) {
  const db = await makeDatabase(env.ports, { name: `throttle${made++}` });
  await Domain.create(env.ports, await db.version(), { name: "company.com" });
  const connection = { host: "127.0.0.1", port, encryption: "none" as const, from_filter: "company.com" };
  const server = await Server.create(env.ports, await db.version(), { name: "own", ...connection, ...input });
  toNextMinute();
  return { db, server };
}

const toNextMinute = () => env.advance(nextMinute(env.ports.clock.now()) - env.ports.clock.now() + 500);
/** The next minute, with its tick and what that enqueues. */
const minute = async () => {
  toNextMinute();
  await tick(env.ports);
  await deliver(env);
};
const send = async (db: TestDatabase, changes = {}) =>
  (await accept(env.ports, await db.version(), mail({ from: "sales@company.com", ...changes }))).id;
const sendAll = async (db: TestDatabase, count: number, changes = {}) => {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push(await send(db, changes));
  return ids;
};
const head = async (db: TestDatabase, id: string) =>
  (await env.ports.store.get(keys.emailHead(db.id, id), { consistent: true })) as unknown as Head;
const heads = (db: TestDatabase, ids: readonly string[]) => Promise.all(ids.map((id) => head(db, id)));

describe("R-LIM-5 over its limit a server's mail waits, and nothing fails", () => {
  it("so many recipients a minute, oldest first, until all are out", async () => {
    const { db, server } = await setUp({ limit_per_minute: 5 });
    const ids = await sendAll(db, 12);
    await deliver(env);
    expect(sink.caught).toHaveLength(5);
    const waiting = (await heads(db, ids)).filter(({ line }) => line === server.id);
    expect(waiting).toHaveLength(7);
    await minute();
    expect(sink.caught).toHaveLength(10);
    const after = await heads(
      db,
      waiting.map(({ id }) => id),
    );
    expect(after.map(({ state }) => state)).toEqual([...Array(5).fill("sent"), "deferred", "deferred"]);
    await minute();
    expect(sink.caught).toHaveLength(12);
    const { status, events } = await get(env.ports, db.id, ids.at(-1) ?? "");
    expect(status).toBe("sent");
    expect(events.filter(({ type }) => type === "deferred").length).toBeLessThanOrEqual(1);
  });

  it("who comes while others wait waits behind them; transactional mail goes before mass mail", async () => {
    const { db } = await setUp({ limit_per_minute: 2 });
    await sendAll(db, 2);
    await deliver(env);
    const mass = await sendAll(db, 2, { kind: "mass", list_unsubscribe: false });
    await deliver(env);
    const late = await sendAll(db, 2);
    toNextMinute();
    // The minute is fresh, but others wait
    await deliver(env);
    expect(sink.caught).toHaveLength(2);
    await tick(env.ports);
    await deliver(env);
    expect((await heads(db, [...late, ...mass])).map(({ state }) => state)).toEqual([
      ...["sent", "sent"],
      ...["deferred", "deferred"],
    ]);
    await minute();
    expect((await heads(db, mass)).map(({ state }) => state)).toEqual(["sent", "sent"]);
    expect(sink.caught).toHaveLength(6);
    expect(await usage(env.ports, await db.version())).toMatchObject([
      { name: "own", minute: { used: 2, limit: 2 }, day: { used: 6, limit: null }, waiting: 0 },
    ]);
  });

  it("so many a day: the rest goes after the reset; recipients count, and a mail larger than all goes alone", async () => {
    const { db } = await setUp({ limit_per_day: 3 });
    for (const to of [["a@a.test", "b@a.test"], ["c@a.test"], ["d@a.test", "e@a.test", "f@a.test", "g@a.test"]]) {
      await send(db, { to });
      await deliver(env);
    }
    await minute();
    expect(sink.caught.map(({ recipients }) => recipients.length)).toEqual([2, 1]);
    expect(await usage(env.ports, await db.version())).toMatchObject([{ day: { used: 3, limit: 3 }, waiting: 1 }]);
    env.advance(Date.parse("2026-11-22T23:00:10Z") - env.ports.clock.now());
    await minute();
    expect(sink.caught).toHaveLength(3);
  });

  it("waiting for room never makes a mail fail: it counts in no `expires_in`", async () => {
    const { db } = await setUp({ limit_per_minute: 1 });
    const ids = await sendAll(db, 4, { expires_in: 120 });
    await deliver(env);
    for (let n = 0; n < 3; n++) await minute();
    expect((await heads(db, ids)).map(({ state }) => state)).toEqual(["sent", "sent", "sent", "sent"]);
    expect(sink.caught).toHaveLength(4);
  });

  it("several processes at once: a minute is never over", async () => {
    const { db } = await setUp({ limit_per_minute: 10 });
    await sendAll(db, 40);
    const jobs = await env.jobs.take("external");
    // What processes have seen is remembered by store: each of these is one of its own.
    const processes = Array.from({ length: 4 }, () => ({ ...env.ports, store: { ...env.ports.store } }));
    await Promise.all(processes.map((ports, n) => run(ports, jobs.slice(n * 10, n * 10 + 10))));
    expect(sink.caught).toHaveLength(10);
    toNextMinute();
    await Promise.all(processes.map((ports) => tick(ports)));
    await deliver(env);
    expect(sink.caught).toHaveLength(20);
  });

  it("a connection that fails takes no room", async () => {
    const dead = await startSink();
    await dead.close();
    const { db } = await setUp({ limit_per_day: 1 }, dead.port);
    await send(db);
    await deliver(env);
    expect(await usage(env.ports, await db.version())).toMatchObject([{ day: { used: 0, limit: 1 }, waiting: 0 }]);
  });

  it("limits of a `platform` record hold as well", async () => {
    const db = await makeDatabase(env.ports, { name: `throttle${made++}` });
    await Server.create(env.ports, await db.version(), { name: "ses", kind: "platform", limit_per_minute: 2 });
    toNextMinute();
    const ids = await sendAll(db, 3, { from: undefined });
    await deliver(env);
    const states = async () => (await heads(db, ids)).map(({ state }) => state).toSorted();
    expect(await states()).toEqual(["deferred", "sent", "sent"]);
    await minute();
    expect(await states()).toEqual(["sent", "sent", "sent"]);
  });
});

describe("mail in the line of a server", () => {
  it("can be canceled, and leaves its place to the next", async () => {
    const { db } = await setUp({ limit_per_minute: 1 });
    const ids = await sendAll(db, 3);
    await deliver(env);
    const [next = "", last = ""] = (await heads(db, ids)).filter(({ line }) => line).map(({ id }) => id);
    await cancel(env.ports, db.id, next);
    await minute();
    expect((await get(env.ports, db.id, next)).status).toBe("canceled");
    expect((await get(env.ports, db.id, last)).status).toBe("sent");
  });

  it("keeps its body, whatever the retention, as long as it waits", async () => {
    const { db } = await setUp({ limit_per_day: 1 });
    const { retention } = (await load(env.ports, await db.version())).settings;
    await Settings.patch(env.ports, await db.version(), { retention: { ...retention, bodies_days: 1 } });
    const ids = await sendAll(db, 4, { expires_in: 3600 });
    await deliver(env);
    for (let n = 0; n < 4; n++) {
      env.advance(86_400_000);
      await minute();
    }
    expect((await heads(db, ids)).map(({ state }) => state)).toEqual(["sent", "sent", "sent", "sent"]);
  });

  it("R-FAIL-6 fails after 30 days, and says so", async () => {
    const { db } = await setUp({ limit_per_day: 1 });
    const ids = await sendAll(db, 2, { to: ["a@a.test", "b@a.test"] });
    await deliver(env);
    const [waiting] = (await heads(db, ids)).filter(({ line }) => line);
    env.advance(31 * 86_400_000);
    await minute();
    const { status, attention, recipients } = await get(env.ports, db.id, waiting?.id ?? "");
    expect({ status, attention }).toEqual({ status: "failed", attention: true });
    expect(recipients[0]?.reply).toContain("30 days");
  });
});

describe("R-PERS-3 personal servers", () => {
  it("take 30 recipients a calendar minute; the rest goes in the next minutes", async () => {
    const owner = "mary@company.com";
    const { db } = await setUp({ owner, from_filter: owner, authentication: "login", username: owner, password: "pw" });
    await Settings.patch(env.ports, await db.version(), { personal_servers: true });
    const ids = await sendAll(db, 40, { from: owner, creator: owner });
    await deliver(env);
    const counts = [sink.caught.length];
    await minute();
    counts.push(sink.caught.length);
    expect(counts).toEqual([30, 40]);
    expect((await heads(db, ids)).every(({ state }) => state === "sent")).toBe(true);
  });
});

describe("a line whose limit is gone", () => {
  it.each<[string, (db: TestDatabase, id: string) => Promise<unknown>, "own" | "platform"]>([
    ["the limit is taken off", async (db, id) => patch(db, id, { limit_per_minute: null }), "own"],
    ["the limit is raised", async (db, id) => patch(db, id, { limit_per_minute: 100 }), "own"],
    ["the server is archived", async (db, id) => patch(db, id, { active: false }), "platform"],
    ["the server is deleted", async (db, id) => Server.remove(env.ports, await db.version(), id), "platform"],
    [
      "servers of its own are switched off",
      async (db) => Settings.patch(env.ports, await db.version(), { custom_email_servers: false }),
      "platform",
    ],
  ])("%s: all go on with the next look", async (_what, change, over) => {
    const { db, server } = await setUp({ limit_per_minute: 1 });
    const ids = await sendAll(db, 5);
    await deliver(env);
    await change(db, server.id);
    await minute();
    // Where the look that finds the server gone still keeps the old pace
    for (let n = 0; n < 4; n++) await minute();
    const all = await heads(db, ids);
    expect(all.map(({ state }) => state)).toEqual(Array(5).fill("sent"));
    expect(sink.caught).toHaveLength(over === "own" ? 5 : 1);
    expect(all.filter((one) => one.over === "platform")).toHaveLength(over === "own" ? 0 : 4);
  });

  const patch = async (db: TestDatabase, id: string, input: ServerInput) =>
    Server.patch(env.ports, await db.version(), id, input);
});
