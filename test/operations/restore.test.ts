import { patch } from "@posthouse/core/database/patch";
import { cancel } from "@posthouse/core/email/cancel";
import { get } from "@posthouse/core/email/read";
import { retry } from "@posthouse/core/email/retry";
import { reconcile } from "@posthouse/core/restore/reconcile";
import { tick } from "@posthouse/core/tick/run";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, takeEvents } from "../support/database.ts";
import { Dead, dying } from "../support/dying.ts";
import { type HoldingDatabase, later, makeHolding } from "../support/held.ts";
import { restore, take } from "./snapshot.ts";

/** The drill of docs/restore.md: the table goes back to a point, while mail went out since. */

let env: TestPorts;
let db: HoldingDatabase;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T10:00:00Z") });
});
beforeEach(async () => {
  db = await makeHolding(env, 3);
});
afterAll(() => env.close());

const minute = 60_000;
const now = () => env.ports.clock.now();
const events = async (of: TestPorts) => {
  while (of.ses.control.pending() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await takeEvents(of);
};
const name = async () => (await db.version()).name;
/** What each of the database's mails was sent as, by subject. */
const copies = (subject: string) => db.sent().filter((one) => one === subject).length;

/** A table with mail that waits in every way, which goes out after the point. */
async function lose() {
  const done = await db.send({ subject: "done" });
  await deliver(env);
  await events(env);
  const soon = await db.send({ subject: "soon", scheduled_at: new Date(now() + 5 * minute).toISOString() });
  const far = await db.send({ subject: "far", scheduled_at: new Date(now() + 9 * 3_600_000).toISOString() });
  const queued = await db.send({ subject: "queued", to: ["a@example.net", "b@example.net"] });
  const held = await db.send({ subject: "held" });
  const point = now();
  const items = await take(env);
  await patch(env.ports, await name(), { daily_limit: 100 });
  await later(env, 20 * 60);
  for (const subject of ["done", "soon", "queued", "held"]) expect([subject, copies(subject)]).toEqual([subject, 1]);
  return { ids: { done, soon, far, queued, held }, point, items, stopped: now() };
}

describe("a table that was restored", () => {
  it("G3 sends nothing again that waited at its point, and says of it that it is not known", async () => {
    const { ids, point, items, stopped } = await lose();
    const fresh = await restore(env, items);
    const found = await reconcile(fresh.ports, { point, stopped, limits: "close" });
    expect(found).toMatchObject({ ended: 3, noted: 1, untold: 0 });
    for (const id of [ids.soon, ids.queued, ids.held])
      expect(await get(fresh.ports, db.id, id)).toMatchObject({ status: "failed", attention: true });
    for (let n = 0; n < 3; n++) await later(fresh, 3_700);
    for (const subject of ["done", "soon", "queued", "held"]) expect([subject, copies(subject)]).toEqual([subject, 1]);
    // Again, with nothing left to be done
    expect(await reconcile(fresh.ports, { point, stopped, limits: "keep" })).toEqual({
      ...{ ended: 0, noted: 0, untold: 0, closed: 0 },
    });
  });

  it("G3 killed after each of its writes, and run again, it ends each mail once", async () => {
    const { ids, point, items, stopped } = await lose();
    const fresh = await restore(env, items);
    let deaths = 0;
    for (; ; deaths++) {
      const { ports } = dying(fresh.ports, 0, "after");
      const end = await reconcile(ports, { point, stopped, limits: "keep" }).catch((error: unknown) => error);
      if (!(end instanceof Dead)) break;
    }
    expect(deaths).toBeGreaterThan(3);
    for (const id of [ids.soon, ids.queued, ids.held]) {
      const { status, events: timeline } = await get(fresh.ports, db.id, id);
      expect([status, timeline.filter(({ type }) => type === "failed")]).toEqual(["failed", [expect.anything()]]);
    }
    expect(await db.use()).toMatchObject({ attention: 3 });
  });

  it("G3 without that it would send all of it again", async () => {
    const { items } = await lose();
    await later(await restore(env, items), 3_700);
    expect(["done", "queued"].map(copies)).toEqual([1, 2]);
  });

  it("R-FAIL-1 an event that comes after the restore says what became of it; retry sends it anew", async () => {
    const { ids, point, items, stopped } = await lose();
    const fresh = await restore(env, items);
    await reconcile(fresh.ports, { point, stopped, limits: "keep" });
    const recipients = async (id: string) => (await get(fresh.ports, db.id, id)).recipients;
    expect((await recipients(ids.held)).map(({ failure_type }) => failure_type)).toEqual(["unknown"]);
    await events(fresh);
    expect((await get(fresh.ports, db.id, ids.queued)).status).toBe("delivered");
    await expect(retry(fresh.ports, await db.version(), ids.queued)).rejects.toThrow();
    expect((await get(fresh.ports, db.id, ids.held)).status).toBe("delivered");
  });

  it("R-LIM-3 a limit of that day lets nothing more through until the reset, or the operator raises it", async () => {
    const { point, items, stopped } = await lose();
    const fresh = await restore(env, items);
    expect((await reconcile(fresh.ports, { point, stopped, limits: "close" })).closed).toBeGreaterThan(0);
    expect(await db.use()).toMatchObject({ used: 3, remaining: 0 });
    const waits = await db.send({ subject: "waits" });
    await later(fresh, 60);
    expect((await get(fresh.ports, db.id, waits)).status).toBe("held");
    await patch(fresh.ports, await name(), { daily_limit: 4 });
    await later(fresh, 1_000);
    expect(copies("waits")).toBe(1);
  });

  it("R-LIM-2 a day that began after the end of the former table is whole", async () => {
    const { point, items, stopped } = await lose();
    env.advance(14 * 3_600_000);
    const fresh = await restore(env, items);
    expect((await reconcile(fresh.ports, { point, stopped, limits: "close" })).closed).toBe(0);
    expect(await db.use()).toMatchObject({ used: 0 });
  });

  it("G3 mail that is scheduled for later goes out, and says that its cancellation may be lost", async () => {
    const { ids, point, items, stopped } = await lose();
    await cancel(env.ports, db.id, ids.far);
    const fresh = await restore(env, items);
    await reconcile(fresh.ports, { point, stopped, limits: "keep" });
    const { status, events: timeline } = await get(fresh.ports, db.id, ids.far);
    expect(status).toBe("scheduled");
    expect(timeline.map(({ note }) => note).join()).toMatch(/cancellation, is lost; possible duplicate/);
  });

  it("leaves alone what was accepted, or tried again, after the restore", async () => {
    const { ids, point, items, stopped } = await lose();
    const fresh = await restore(env, items);
    await reconcile(fresh.ports, { point, stopped, limits: "keep" });
    await patch(fresh.ports, await name(), { daily_limit: 100 });
    await db.send({ subject: "new" });
    await retry(fresh.ports, await db.version(), ids.soon);
    expect(await reconcile(fresh.ports, { point, stopped, limits: "keep" })).toMatchObject({ ended: 0 });
    await tick(fresh.ports);
    await deliver(fresh);
    expect(["new", "soon"].map(copies)).toEqual([1, 2]);
  });
});
