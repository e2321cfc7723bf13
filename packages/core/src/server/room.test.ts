import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { type Sink, startSink } from "../../../../test/support/sink.ts";
import { run } from "../dispatch/batch.ts";
import * as Domain from "../domain/domain.ts";
import { accept } from "../email/accept.ts";
import type { Head } from "../email/head.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Store } from "../ports/store.ts";
import { tick } from "../tick/run.ts";
import type { ServerInput } from "./input.ts";
import { nextMinute } from "./limit.ts";
import * as Server from "./server.ts";
import { usage } from "./usage.ts";

/** Room in the limits of a server between processes: what processes have seen is remembered by their store. */

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

async function setUp(input: Omit<ServerInput, "name">) {
  const db = await makeDatabase(env.ports, { name: `room${made++}` });
  await Domain.create(env.ports, await db.version(), { name: "company.com" });
  const connection = { host: "127.0.0.1", port: sink.port, encryption: "none" as const, from_filter: "company.com" };
  const server = await Server.create(env.ports, await db.version(), { name: "own", ...connection, ...input });
  toNextMinute();
  return { db, server };
}

/** A process of its own. */
const process = (changes: Partial<Store> = {}): Ports => ({
  ...env.ports,
  store: { ...env.ports.store, ...changes },
});
const toNextMinute = () => env.advance(nextMinute(env.ports.clock.now()) - env.ports.clock.now() + 500);
const dispatch = async (ports: Ports) => run(ports, await env.jobs.take("external"));
const send = async (db: TestDatabase) =>
  (await accept(env.ports, await db.version(), mail({ from: "sales@company.com" }))).id;
const sendAll = async (db: TestDatabase, count: number) => {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push(await send(db));
  return ids;
};
const head = async (db: TestDatabase, id: string) =>
  (await env.ports.store.get(keys.emailHead(db.id, id), { consistent: true })) as unknown as Head;
const used = async (db: TestDatabase) => (await usage(env.ports, await db.version()))[0];

describe("R-LIM-5 after its line is empty", () => {
  it("mail goes at once, though the process that sends it has seen others wait", async () => {
    const { db } = await setUp({ limit_per_minute: 5 });
    const sender = process();
    await sendAll(db, 8);
    await dispatch(sender);
    toNextMinute();
    await tick(env.ports);
    await dispatch(sender);
    toNextMinute();
    await tick(env.ports);
    expect(await used(db)).toMatchObject({ waiting: 0 });
    const states: string[] = [];
    for (let n = 0; n < 3; n++) {
      env.advance(10 * 60_000);
      const id = await send(db);
      await dispatch(sender);
      states.push((await head(db, id)).state);
    }
    expect(states).toEqual(["sent", "sent", "sent"]);
    expect(sink.caught).toHaveLength(11);
  });
});

describe("R-LIM-5 a line is released", () => {
  it("while mail joins it all the time", async () => {
    const { db } = await setUp({ limit_per_minute: 2 });
    await sendAll(db, 6);
    await dispatch(env.ports);
    await sendAll(db, 4);
    const joiner = process();
    const joining = await env.jobs.take("external");
    let overtaken = 0;
    const { store } = env.ports;
    const ticker = process({
      async write(write) {
        const isUse = "update" in write && write.update.sk.startsWith("SERVERUSE#");
        // Between the look and the write it leads to
        if (isUse) await run(joiner, joining.splice(0, 1));
        return store.write(write).catch((error: unknown) => {
          if (isUse && error instanceof ConditionFailed) overtaken++;
          throw error;
        });
      },
    });
    toNextMinute();
    await tick(ticker);
    expect(joining.length).toBeLessThan(4);
    expect(overtaken).toBe(0);
    await deliver(env);
    expect(sink.caught).toHaveLength(4);
  });
});

describe("R-LIM-5 mail that its line has let through counts for the minute it is handed over in", () => {
  it("when it comes minutes later, all at once", async () => {
    const { db } = await setUp({ limit_per_minute: 5 });
    const ids = await sendAll(db, 20);
    await dispatch(process());
    for (let n = 0; n < 3; n++) {
      toNextMinute();
      await tick(env.ports);
    }
    const counts: number[] = [];
    for (let n = 0; n < 4; n++) {
      const before = sink.caught.length;
      await dispatch(process());
      counts.push(sink.caught.length - before);
      toNextMinute();
      await tick(env.ports);
    }
    expect(Math.max(...counts)).toBe(5);
    expect(sink.caught).toHaveLength(20);
    expect(new Set((await Promise.all(ids.map((id) => head(db, id)))).map(({ state }) => state))).toEqual(
      new Set(["sent"]),
    );
    const timelines = await Promise.all(ids.map((id) => get(env.ports, db.id, id)));
    const joined = timelines.map(({ events }) => events.filter(({ type }) => type === "deferred").length);
    expect(Math.max(...joined)).toBe(1);
  });

  it("and goes on, though the queue is always a minute behind", async () => {
    const { db } = await setUp({ limit_per_minute: 3 });
    await sendAll(db, 12);
    await dispatch(env.ports);
    const counts: number[] = [];
    for (let n = 0; n < 4; n++) {
      toNextMinute();
      const late = await env.jobs.take("external");
      await tick(env.ports);
      await run(env.ports, late);
      counts.push(sink.caught.length);
    }
    expect(counts).toEqual([3, 6, 9, 12]);
  });

  it("when the process that had it has died at its claim", async () => {
    const { db } = await setUp({ limit_per_minute: 2 });
    await sendAll(db, 6);
    await dispatch(env.ports);
    toNextMinute();
    await tick(env.ports);
    await dispatch(dyingAtClaim());
    const counts = [sink.caught.length];
    for (let n = 0; n < 20 && sink.caught.length < 6; n++) {
      toNextMinute();
      await tick(env.ports);
      await dispatch(env.ports);
      counts.push(sink.caught.length);
    }
    expect(sink.caught).toHaveLength(6);
    expect(Math.max(...counts.slice(1).map((count, n) => count - (counts[n] ?? 0)))).toBe(2);
  });
});

/** A process that no longer reaches the store once a mail is to be claimed. */
const dyingAtClaim = () =>
  process({
    async write(write) {
      if ("update" in write && write.set?.["state"] === "sending") throw new Error("no answer of the store");
      return env.ports.store.write(write);
    },
  });

describe("R-LIM-5 room goes back", () => {
  it("when the claim fails", async () => {
    const { db } = await setUp({ limit_per_day: 3 });
    const id = await send(db);
    await dispatch(dyingAtClaim());
    expect((await head(db, id)).state).toBe("queued");
    expect(await used(db)).toMatchObject({ minute: { used: 0 }, day: { used: 0 } });
  });

  it("when the connection is refused to mail its line has let through: the day is not lost", async () => {
    const dead = await startSink();
    await dead.close();
    const { db, server } = await setUp({ limit_per_day: 3 });
    await sendAll(db, 7);
    await dispatch(env.ports);
    expect(sink.caught).toHaveLength(3);
    await Server.patch(env.ports, await db.version(), server.id, { port: dead.port });
    env.advance(Date.parse("2026-11-22T23:00:10Z") - env.ports.clock.now());
    await tick(env.ports);
    await dispatch(env.ports);
    expect(await used(db)).toMatchObject({ day: { used: 0 } });
    await Server.patch(env.ports, await db.version(), server.id, { port: sink.port });
    for (let n = 0; n < 20 && sink.caught.length < 6; n++) {
      env.advance(5 * 60_000);
      await tick(env.ports);
      await dispatch(env.ports);
    }
    expect(sink.caught).toHaveLength(6);
    expect(await used(db)).toMatchObject({ day: { used: 3 }, waiting: 1 });
  });
});

describe("R-LIM-5 a process whose clock is far ahead", () => {
  it("holds up a server for no longer than the minute", async () => {
    const { db } = await setUp({ limit_per_minute: 2 });
    const { clock } = env.ports;
    await sendAll(db, 2);
    await dispatch({ ...process(), clock: { ...clock, now: () => clock.now() + 30 * 60_000 } });
    expect(sink.caught).toHaveLength(2);
    const id = await send(db);
    await dispatch(env.ports);
    expect((await head(db, id)).state).toBe("deferred");
    for (let n = 0; n < 2; n++) {
      toNextMinute();
      await tick(env.ports);
      await dispatch(env.ports);
    }
    expect((await head(db, id)).state).toBe("sent");
  });
});
