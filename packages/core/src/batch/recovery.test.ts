import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { list } from "../email/list.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import { read as readCounter } from "../limit/counter.ts";
import { dayOf } from "../limit/day.ts";
import type { Ports } from "../ports/main.ts";
import { type Store, StoreBusy, TransactionCanceled } from "../ports/store.ts";
import { tick } from "../tick/run.ts";
import { acceptAll } from "./accept.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  // 23:00 UTC is when the day ends
  env = await startTestPorts({ start: Date.parse("2026-11-22T22:50:00Z") });
});
afterAll(() => env.close());

const setUp = () => makeDatabase(env.ports, { name: `recovery${made++}`, daily_limit: 50 });
const mails = (count: number) => Array.from({ length: count }, (_, n) => mail({ to: [`r${n}@example.net`] }));
const dayNow = async (db: TestDatabase) => dayOf(env.ports.clock.now(), (await db.version()).reset_utc);
const left = async (db: TestDatabase, day: string) => (await readCounter(env.ports.store, db.id, day))?.left;
const batches = async (db: TestDatabase) =>
  (await env.ports.store.query({ pk: keys.batch(db.id, "").pk, consistent: true })).items;

/** Ports whose store's transactions go through `transact`. */
const through = (transact: (...args: Parameters<Store["transact"]>) => Promise<void>): Ports => ({
  ...env.ports,
  store: { ...env.ports.store, transact },
});

describe("a batch whose commit was written and its answer lost", () => {
  it("G2 R-LIM-3 is charged to the day of that commit, though the day ends before the next try", async () => {
    const db = await setUp();
    const version = await db.version();
    await acceptAll(env.ports, version, mails(1), false);
    const day = await dayNow(db);
    let tries = 0;
    const ports = through(async (writes, token) => {
      tries++;
      if (tries === 2) {
        env.advance(15 * 60_000);
        throw new TransactionCanceled([{ code: "TransactionConflict" }]);
      }
      await env.ports.store.transact(writes, token);
      if (tries === 1) throw new StoreBusy("the answer is lost");
    });
    const { accepted } = await acceptAll(ports, version, mails(3), false);
    expect(await dayNow(db)).not.toBe(day);
    expect(await left(db, day)).toBe(46);
    const heads = await env.ports.store.batchGet(accepted.map(({ id }) => keys.emailHead(db.id, id)));
    expect(heads.map((head) => [head["charged_day"], head["charged_n"]])).toEqual(accepted.map(() => [day, 1]));
    expect(await batches(db)).toEqual([]);
  });

  it("G1 is finished by the request that is answered by its own claim", async () => {
    const db = await setUp();
    const version = await db.version();
    await acceptAll(env.ports, version, mails(1), false);
    let token: string | undefined;
    const ports = through(async (writes, given) => {
      // Whatever is tried again is the same request: only its first answer can be known
      if (token === undefined) await env.ports.store.transact(writes, given);
      token = given;
      throw new StoreBusy("the answer is lost");
    });
    const { accepted } = await acceptAll(ports, version, mails(3), false, { key: "lost", hash: "h" });
    expect(accepted).toHaveLength(3);
    for (const { id } of accepted) expect((await get(env.ports, db.id, id)).status).toBe("queued");
    expect(await batches(db)).toEqual([]);
    await deliver(env);
    for (const { id } of accepted) expect((await get(env.ports, db.id, id)).status).toBe("sent");
  });
});

describe("a batch that was cut short, and whose object is lost", () => {
  it("G1 R-LIM-3 ends: its mails fail, their share is given back, and the tick has no more of it", async () => {
    const db = await setUp();
    const version = await db.version();
    await acceptAll(env.ports, version, mails(1), false);
    const day = await dayNow(db);
    const before = (await left(db, day)) ?? 0;
    let heads = 0;
    const write: Store["write"] = async (one) => {
      if (!("put" in one) || one.put.sk !== "HEAD" || heads++ > 0) throw new Error("the process is gone");
      return env.ports.store.write(one);
    };
    const ports = { ...env.ports, store: { ...env.ports.store, write } };
    const entries = [...mails(1), mail({ to: ["a@example.net", "b@example.net"] }), ...mails(1)];
    const { accepted } = await acceptAll(ports, version, entries, false, { key: "k", hash: "h" });
    const [item] = await batches(db);
    await env.ports.blobs.delete(String(item?.["blob"]));
    env.advance(3_600_000);
    await tick(env.ports);
    await deliver(env);
    expect(await batches(db)).toEqual([]);
    const views = await Promise.all(accepted.map(({ id }) => get(env.ports, db.id, id)));
    expect(views.map(({ status, attention }) => [status, attention])).toEqual(accepted.map(() => ["failed", true]));
    expect(views[1]?.events.at(-1)).toMatchObject({ type: "failed", reply: expect.stringContaining("send it anew") });
    expect(await left(db, day)).toBe(before);
    await expect(acceptAll(env.ports, version, entries, false, { key: "k", hash: "h" })).rejects.toMatchObject({
      name: "conflict",
      message: expect.stringContaining("Send them anew"),
    });
    expect((await list(env.ports, version, { limit: 10, attention: true })).data).toHaveLength(3);
  });
});
