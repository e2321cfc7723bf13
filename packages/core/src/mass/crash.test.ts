import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase, takeEvents } from "../../../../test/support/database.ts";
import { dying } from "../../../../test/support/dying.ts";
import { accept } from "../email/accept.ts";
import { list } from "../email/list.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import type { Ports } from "../ports/main.ts";
import { tick } from "../tick/run.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T06:00:00Z") });
});
afterAll(() => env.close());

const stored = async (db: TestDatabase) => (await list(env.ports, await db.version(), { limit: 100 })).data;
const used = async (db: TestDatabase) => (await usage(env.ports, await db.version())).used;

/** Everything that goes on after the process is gone: ticks, the queues, the events. */
async function recover() {
  for (let n = 0; n < 2; n++) {
    env.advance(31_000);
    await tick(env.ports);
    await deliver(env);
    while (env.ses.control.pending() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await takeEvents(env);
  }
}

/** Kills a request at a write, and looks at what is left; then its caller asks again with the same key. */
async function killed(to: readonly string[], calls: number) {
  const db = await makeDatabase(env.ports, { name: `mass-${to.length}-${calls}`, daily_limit: 1_000 });
  await env.ports.store.write({ put: { ...keys.suppression(db.id, "dead@example.net"), scope: "all" } });
  const request = mail({ kind: "mass", to: [...to, "dead@example.net", "nobody", to[0] ?? ""] });
  const key = { key: "run", hash: "h" };
  const copies = () =>
    env.ses.mailbox
      .list()
      .filter(({ tenant }) => tenant === db.id)
      .flatMap(({ recipients }) => recipients)
      .toSorted();
  const process = dying(env.ports, calls, "after");
  const send = async (ports: Ports) => accept(ports, await db.version(), request, key);
  await send(process.ports).catch(() => undefined);
  await recover();
  const kept = await stored(db);
  expect([0, to.length + 1]).toContain(kept.length);
  expect([await used(db), copies()]).toEqual(kept.length === 0 ? [0, []] : [to.length, to.toSorted()]);
  const { ids = [], suppressed } = await send(env.ports);
  expect(suppressed.map(({ reason }) => reason)).toEqual(["suppressed", "address_invalid", "duplicate"]);
  await recover();
  expect((await stored(db)).map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  expect([await used(db), copies()]).toEqual([to.length, to.toSorted()]);
  return { finished: process.writes() <= calls, existed: kept.length > 0 };
}

describe("G1 G2 G3 R-KIND-3 mass mail to several, killed between any two of its writes", () => {
  it("everybody gets it once, or nobody and nothing is charged, and its key is not stuck", async () => {
    const existed: boolean[] = [];
    let finished = false;
    for (let calls = 0; !finished; calls++) {
      const end = await killed(["a@example.net", "b@example.net"], calls);
      ({ finished } = end);
      existed.push(end.existed);
    }
    // Nothing before the commit, all from it on
    expect(existed.lastIndexOf(false)).toBe(existed.indexOf(true) - 1);
  });

  // The domain's mark, the object, the counter in two, the commit, the heads
  it.each([4, 30])("forty-seven of them, killed after write %i", async (calls) => {
    const to = Array.from({ length: 47 }, (_, n) => `r${n}@example.net`);
    expect((await killed(to, calls)).existed).toBe(true);
  });
});
