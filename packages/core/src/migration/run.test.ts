import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import { Dead, dying } from "../../../../test/support/dying.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { type Item, StoreBusy } from "../ports/store.ts";
import { tick } from "../tick/run.ts";
import { list } from "./list.ts";
import type { Migration } from "./migration.ts";
import { run } from "./run.ts";
import { write } from "./write.ts";

const hour = 3_600_000;
let env: TestPorts;
let ports: Ports;
const dbs: string[] = [];
let made = 0;
/** A migration of a test's own: nobody has begun with it. */
let step: Migration;
beforeAll(async () => {
  env = await startTestPorts();
  ({ ports } = env);
  for (let n = 0; n < 3; n++) dbs.push((await makeDatabase(ports, { name: `m${n}` }, { provisioned: false })).id);
});
afterAll(() => env.close());

const up: Migration["up"] = ({ n }) => ({ set: { n: Number(n) * 10 }, remove: ["old"] });
const place = (db: string, n: number) => keys.received(db, `rcv_${String(n).padStart(4, "0")}`);
const read = async (): Promise<Item[]> =>
  (await Promise.all(dbs.map(async (db) => (await ports.store.query({ pk: place(db, 0).pk })).items))).flat();
beforeEach(async () => {
  step = { id: `test-${made++}`, of: "received", from: 1, to: 2, reads: ["n"], up };
  for (const { pk, sk } of await read()) await ports.store.write({ delete: { pk, sk } });
});
async function fill(count: number): Promise<void> {
  const all = dbs.flatMap((db) =>
    Array.from({ length: count }, (_, n) => ({ put: { ...place(db, n), n: n + 1, old: true } })),
  );
  for (let n = 0; n < all.length; n += 100) await ports.store.transact(all.slice(n, n + 100));
}
const deadline = () => ports.clock.now() + 60_000;
const state = async () => (await list(ports, [step]))[0];
const all = async () => (await read()).map(({ n, v, old }) => ({ n, v, old }));
const forwarded = (count: number) =>
  dbs.flatMap(() => Array.from({ length: count }, (_, n) => ({ n: (n + 1) * 10, v: 2, old: undefined })));

/** Ports whose time is up after a page of items. */
function slow(): Ports {
  let late = 0;
  const query: Ports["store"]["query"] = async (one) => {
    const found = await ports.store.query(one);
    if (one.pk.startsWith("RCV#")) late = 61_000;
    return found;
  };
  const now = () => ports.clock.now() + late;
  return { ...ports, clock: { ...ports.clock, now }, store: { ...ports.store, query } };
}

describe("a migration", () => {
  it("takes all items of all databases forward, walks twice, and says how far it is", async () => {
    await fill(3);
    expect(await state()).toMatchObject({ status: "pending", started_at: null, known: true });
    const again = await run(ports, deadline(), [step]);
    expect(again).toBeGreaterThan(ports.clock.now() + hour - 60_000);
    expect(await all()).toEqual(forwarded(3));
    expect(await state()).toMatchObject({ status: "running", sweep: 2, items_read: 9, items_changed: 9, databases: 0 });
    // The release before was still running
    await ports.store.write({ put: { ...place(dbs[1] ?? "", 9), n: 5, old: true } });
    await run(ports, deadline(), [step]);
    expect((await state())?.items_changed).toBe(9);
    env.advance(hour);
    expect(await run(ports, deadline(), [step])).toBe(Number.POSITIVE_INFINITY);
    expect((await all()).every(({ v }) => v === 2)).toBe(true);
    expect(await state()).toMatchObject({ status: "finished", items_read: 19, items_changed: 10, databases: 3 });
  });

  it("leaves what a later release has written, and what is gone while it looks stays gone", async () => {
    const later = { ...place(dbs[0] ?? "", 1), n: 1, v: 7, more: "x" };
    await ports.store.write({ put: later });
    await run(ports, deadline(), [step]);
    expect(await read()).toEqual([later]);
    const gone = { ...place(dbs[0] ?? "", 2), n: 1 };
    await write(ports, step, gone);
    expect(await ports.store.get(gone)).toBeUndefined();
  });

  it("loses nobody's change: where what it looked at is another since, it looks again", async () => {
    const key = place(dbs[0] ?? "", 1);
    const seen = { ...key, n: 1, old: true };
    await ports.store.write({ put: { ...seen, n: 2, note: "kept" } });
    expect(await write(ports, step, seen)).toBe(true);
    expect(await ports.store.get(key, { consistent: true })).toEqual({ ...key, n: 20, note: "kept", v: 2 });
  });

  it("goes on where it was when its time was up, within a large database too", async () => {
    await fill(120);
    let calls = 0;
    while ((await state())?.sweep !== 2) {
      await run(slow(), deadline(), [step]);
      expect(calls++).toBeLessThan(20);
    }
    expect(calls).toBeGreaterThan(5);
    expect(await all()).toEqual(forwarded(120));
    expect(await state()).toMatchObject({ items_read: 360, items_changed: 360 });
  });

  it("killed at any write it is finished by the next call, each item forward once", async () => {
    for (const moment of ["before", "after"] as const)
      for (let calls = 0, died = true; died; calls++) {
        step = { ...step, id: `test-${made++}` };
        await fill(2);
        const broken = dying(ports, calls, moment);
        // Such an item is noted as failed by who lives; a dead process notes nothing
        const dead = run(broken.ports, deadline(), [step]).then(
          () => broken.writes() > calls,
          (error: unknown) => error instanceof Dead,
        );
        // Every second one dies beside another that lives
        if (calls % 2 === 0) await run(ports, deadline(), [step]);
        died = await dead;
        await run(ports, deadline(), [step]);
        env.advance(hour);
        await run(ports, deadline(), [step]);
        expect(await all()).toEqual(forwarded(2));
        expect(await state()).toMatchObject({ status: "finished", items_failed: 0 });
      }
  });

  it("any number at once take each item forward once", async () => {
    await fill(30);
    await Promise.all(Array.from({ length: 5 }, () => run(ports, deadline(), [step])));
    env.advance(hour);
    await Promise.all(Array.from({ length: 5 }, () => run(ports, deadline(), [step])));
    await run(ports, deadline(), [step]);
    expect(await all()).toEqual(forwarded(30));
    expect(await state()).toMatchObject({ status: "finished", items_failed: 0 });
  });

  it("is begun when the one before has ended, and one item that fails holds up nobody", async () => {
    await fill(2);
    const fails: Migration = {
      ...step,
      id: `${step.id}-fails`,
      up(found) {
        if (found["n"] === 1) throw new Error("unlike all others");
        return up(found);
      },
    };
    const next: Migration = { ...step, id: `${step.id}-next`, from: 2, to: 3 };
    await run(ports, deadline(), [fails, next]);
    const statuses = async () => (await list(ports, [fails, next])).map(({ status }) => status);
    expect((await statuses()).slice(0, 2)).toEqual(["running", "pending"]);
    for (let n = 0; n < 3; n++) {
      env.advance(hour);
      await run(ports, deadline(), [fails, next]);
    }
    expect((await statuses()).slice(0, 2)).toEqual(["finished", "finished"]);
    expect((await list(ports, [fails]))[0]).toMatchObject({ items_failed: 3 });
    expect((await all()).map(({ v }) => v)).toEqual(dbs.flatMap(() => [undefined, 3]));
    expect(env.log.some(({ message }) => message === "an item was not taken forward")).toBe(true);
  });
});

describe("items that could not be taken forward", () => {
  /** Ports whose table refuses to change the items, as long as is told. */
  function throttled() {
    const of = { throttles: true };
    const write: Ports["store"]["write"] = async (one) => {
      if (of.throttles && "update" in one && one.update.sk === place("", 0).sk) throw new StoreBusy("throttled");
      return ports.store.write(one);
    };
    const clock = { ...ports.clock, sleep: async () => {} };
    return Object.assign(of, { ports: { ...ports, clock, store: { ...ports.store, write } } });
  }

  it("by the first walk are not counted any more once the second has done it", async () => {
    await fill(1);
    const of = throttled();
    await run(of.ports, deadline(), [step]);
    expect((await all()).map(({ v }) => v)).toEqual(dbs.map(() => undefined));
    of.throttles = false;
    env.advance(hour);
    await run(of.ports, deadline(), [step]);
    expect(await all()).toEqual(forwarded(1));
    expect(await state()).toMatchObject({ status: "finished", items_failed: 0, items_changed: 3 });
  });

  it("by the last walk have it made again after a day, until none is left; nobody waits for it meanwhile", async () => {
    await fill(1);
    const of = throttled();
    for (let n = 0; n < 2; n++) {
      await run(of.ports, deadline(), [step]);
      env.advance(hour);
    }
    expect(await state()).toMatchObject({ status: "finished", items_failed: 3 });
    expect(await run(of.ports, deadline(), [step])).toBe(Number.POSITIVE_INFINITY);
    env.advance(23 * hour);
    await run(of.ports, deadline(), [step]);
    expect(await state()).toMatchObject({ status: "finished", items_failed: 3 });
    of.throttles = false;
    env.advance(24 * hour);
    await run(of.ports, deadline(), [step]);
    expect(await state()).toMatchObject({ status: "finished", items_failed: 0 });
    expect(await all()).toEqual(forwarded(1));
  });
});

describe("the tick of a process in which all is done", () => {
  it("asks for migrations twice an hour, once to tell that it runs and once to go on", async () => {
    let asked = 0;
    const query: Ports["store"]["query"] = (one) => {
      if (one.pk === keys.migration("").pk) asked++;
      return ports.store.query(one);
    };
    const counted = { ...ports, store: { ...ports.store, query } };
    const migrations = [step];
    const ticks = async () => {
      asked = 0;
      for (let n = 0; n < 3; n++) await tick(counted, migrations);
      return asked;
    };
    for (let n = 0; n < 4; n++) {
      expect(await ticks()).toBe(2);
      expect(await ticks()).toBe(0);
      env.advance(hour / 2);
    }
    expect((await state())?.status).toBe("finished");
  });

  it("leaves what a later release has put into the due index to that", async () => {
    const item = { pk: "LATER#1", sk: "KIND", due_pk: "DUE#0", due_sk: "2020-01-01T00:00:00.000Z#1" };
    await ports.store.write({ put: item });
    await tick(ports, [step]);
    expect(await ports.store.get(item, { consistent: true })).toEqual(item);
    await ports.store.write({ delete: { pk: item.pk, sk: item.sk } });
  });
});
