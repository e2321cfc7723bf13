import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase, takeEvents } from "../../../../test/support/database.ts";
import { dying } from "../../../../test/support/dying.ts";
import { list } from "../email/list.ts";
import type { SendRequest } from "../email/request.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import type { Ports } from "../ports/main.ts";
import { tick } from "../tick/run.ts";
import { acceptAll } from "./accept.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T06:00:00Z") });
});
afterAll(() => env.close());

const used = async (db: TestDatabase) => (await usage(env.ports, await db.version())).used;
const stored = async (db: TestDatabase) => (await list(env.ports, await db.version(), { limit: 100 })).data;
const batches = async (db: TestDatabase) =>
  (await env.ports.store.query({ pk: keys.batch(db.id, "").pk, consistent: true })).items;

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

/** Kills a batch at a write, and looks at what is left; then its caller asks again with the same key. */
async function killed(requests: readonly SendRequest[], calls: number) {
  const db = await makeDatabase(env.ports, { name: `batch-${requests.length}-${calls}`, daily_limit: 1000 });
  const recipients = requests.flatMap(({ to, cc }) => [...to, ...cc]).toSorted();
  const copies = () =>
    env.ses.mailbox
      .list()
      .filter(({ tenant }) => tenant === db.id)
      .flatMap((each) => each.recipients)
      .toSorted();
  const key = { key: "batch", hash: "h" };
  const process = dying(env.ports, calls, "after");
  const send = async (ports: Ports) => acceptAll(ports, await db.version(), requests, false, key);
  await send(process.ports).catch(() => undefined);
  await recover();
  const kept = await stored(db);
  expect([0, requests.length]).toContain(kept.length);
  expect(await used(db)).toBe(kept.length === 0 ? 0 : recipients.length);
  expect(copies()).toEqual(kept.length === 0 ? [] : recipients);
  expect(await batches(db)).toEqual([]);
  const { accepted } = await send(env.ports);
  const ids = accepted.map(({ id }) => id).toSorted();
  if (kept.length > 0) expect(ids).toEqual(kept.map(({ id }) => id).toSorted());
  await recover();
  expect((await stored(db)).map(({ id }) => id).toSorted()).toEqual(ids);
  expect(new Set((await stored(db)).map(({ status }) => status))).toEqual(new Set(["delivered"]));
  expect(copies()).toEqual(recipients);
  expect(await used(db)).toBe(recipients.length);
  return { finished: process.writes() <= calls, existed: kept.length > 0 };
}

describe("G1 G2 G3 a batch, killed between any two of its writes", () => {
  it("all of it is sent once, or none of it and nothing is charged, and its key is not stuck", async () => {
    const requests = [
      mail({ to: ["a@example.net"] }),
      mail({ to: ["b@example.net", "c@example.net"], cc: ["d@example.net"], message_id: "<own@example.com>" }),
    ];
    const existed: boolean[] = [];
    let finished = false;
    // Dead before a write is dead after the one before it
    for (let calls = 0; !finished; calls++) {
      const end = await killed(requests, calls);
      ({ finished } = end);
      existed.push(end.existed);
    }
    // Nothing before the commit, all from it on
    expect(existed.lastIndexOf(false)).toBe(existed.indexOf(true) - 1);
  });

  // The domain's mark, the object, the counter in two, the commit, the heads
  it.each([4, 54])("a hundred mails, killed after write %i", async (calls) => {
    const requests = Array.from({ length: 100 }, (_, n) => mail({ to: [`r${n}@example.net`] }));
    expect((await killed(requests, calls)).existed).toBe(true);
  });
});
