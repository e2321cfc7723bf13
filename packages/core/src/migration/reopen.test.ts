import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import { Dead, dying } from "../../../../test/support/dying.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { tick } from "../tick/run.ts";
import { list } from "./list.ts";
import type { Migration } from "./migration.ts";
import { reopen } from "./reopen.ts";
import { run } from "./run.ts";
import * as State from "./state.ts";

const hour = 3_600_000;
let env: TestPorts;
let ports: Ports;
let db: string;
let made = 0;
/** What the later release has beyond the earlier one. */
let step: Migration;
beforeAll(async () => {
  env = await startTestPorts();
  ({ ports } = env);
  db = (await makeDatabase(ports, {}, { provisioned: false })).id;
});
beforeEach(async () => {
  const up: Migration["up"] = ({ n }) => ({ set: { n: Number(n) * 10 } });
  step = { id: `later-${made++}`, of: "received", from: 1, to: 2, reads: ["n"], up };
  const { items } = await ports.store.query({ pk: keys.migration("").pk, consistent: true });
  for (const { pk, sk } of items) await ports.store.write({ delete: { pk, sk } });
  await writeOld();
});
afterAll(() => env.close());

const key = () => keys.received(db, "rcv_1");
/** As the earlier release writes it, over what is there. */
const writeOld = () => ports.store.write({ put: { ...key(), n: 1 } });
const stored = async () => {
  const item = await ports.store.get(key(), { consistent: true });
  return [item?.["n"], item?.["v"]];
};
const state = async () => (await list(ports, [step]))[0];
const goOn = () => run(ports, ports.clock.now() + 60_000, [step]);
async function finish(): Promise<void> {
  for (let n = 0; n < 3; n++) {
    await goOn();
    env.advance(hour);
  }
  expect((await state())?.status).toBe("finished");
}
/** The earlier release runs. */
const early = () => reopen(ports, []);

describe("a release that does not know a migration", () => {
  it("rolled back to after it ended, what it writes is taken forward when the later one is back", async () => {
    await finish();
    expect(await early()).toBe(true);
    await writeOld();
    expect(await state()).toMatchObject({ status: "running", sweep: 2, finished_at: null });
    await goOn();
    expect(await stored()).toEqual([1, undefined]);
    env.advance(hour);
    await goOn();
    expect(await stored()).toEqual([10, 2]);
    expect(await state()).toMatchObject({ status: "finished", items_changed: 2 });
  });

  it("keeps it from its end as long as it runs, and an hour longer", async () => {
    await goOn();
    for (let n = 0; n < 5; n++) {
      env.advance(hour / 2);
      await early();
      await writeOld();
      await goOn();
      expect((await state())?.status).toBe("running");
    }
    await writeOld();
    env.advance(hour - 60_000);
    await goOn();
    expect((await state())?.status).toBe("running");
    env.advance(60_000);
    await goOn();
    expect([(await state())?.status, ...(await stored())]).toEqual(["finished", 10, 2]);
  });

  it("leaves the first sweep to go on, and one that was removed since for finished", async () => {
    const { rev, sweep } = await State.begin(ports, step);
    await early();
    expect(await ports.store.get(keys.migration(step.id))).toMatchObject({ sweep, rev });
    await finish();
    await reopen(
      ports,
      [],
      (await list(ports, [])).map(({ id }) => id),
    );
    expect((await state())?.status).toBe("finished");
  });

  it("writes once in a while only, and any number at once, killed or not, say it once", async () => {
    await finish();
    const revision = async () => Number((await ports.store.get(keys.migration(step.id)))?.["rev"]);
    const before = await revision();
    const told = await Promise.all([early(), early(), early()]);
    expect(told).toContain(true);
    await early();
    expect(await revision()).toBe(before + 1);
    for (const moment of ["before", "after"] as const) {
      env.advance(hour);
      await goOn();
      await expect(reopen(dying(ports, 0, moment).ports, [])).rejects.toThrow(Dead);
      expect(await early()).toBe(true);
      expect((await state())?.status).toBe("running");
    }
  });

  it("says so before all else a tick does, and again at the next where somebody went on meanwhile", async () => {
    await finish();
    const earlier: readonly Migration[] = [];
    let clashes = 1;
    const write: Ports["store"]["write"] = async (one) => {
      if ("update" in one && one.update.pk === keys.migration("").pk && clashes-- > 0)
        await ports.store.write({ update: one.update, add: { rev: 1 } });
      return ports.store.write(one);
    };
    // Late already when it begins: there is no time for anything after it
    let asked = 0;
    const now = () => ports.clock.now() + (asked++ > 0 ? 60_000 : 0);
    const busy = { ...ports, clock: { ...ports.clock, now }, store: { ...ports.store, write } };
    await tick(busy, earlier);
    expect((await state())?.status).toBe("finished");
    await tick(busy, earlier);
    expect((await state())?.status).toBe("running");
  });
});
