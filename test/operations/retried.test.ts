import { dismiss } from "@posthouse/core/email/dismiss";
import { get } from "@posthouse/core/email/read";
import { retry } from "@posthouse/core/email/retry";
import { reconcile } from "@posthouse/core/restore/reconcile";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver } from "../support/database.ts";
import { type HoldingDatabase, later, makeHolding } from "../support/held.ts";
import { restore, take } from "./snapshot.ts";

/** What had ended at the point that a table is restored to, or could not go out since, and is sent after it. */

let env: TestPorts;
let db: HoldingDatabase;
let refuses = false;
beforeAll(async () => {
  const error = { name: "MessageRejected", status: 400, message: "Contains a virus." };
  const hook = (moment: "before" | "after") => (refuses && moment === "before" ? { error } : undefined);
  env = await startTestPorts({ start: Date.parse("2026-11-22T10:00:00Z"), ses: { hook } });
});
beforeEach(async () => {
  db = await makeHolding(env, 30);
});
afterAll(() => env.close());

const now = () => env.ports.clock.now();
const copies = (subject: string) => db.sent().filter((one) => one === subject).length;
const again = async (of: TestPorts, id: string) => retry(of.ports, await db.version(), id);
async function fail(subject: string): Promise<string> {
  refuses = true;
  const id = await db.send({ subject });
  await deliver(env);
  refuses = false;
  return id;
}
const notes = async (of: TestPorts, id: string) =>
  (await get(of.ports, db.id, id)).events.map(({ note }) => note ?? "").join();

describe("after a restore", () => {
  it.each(["in the red envelope", "dismissed"])(
    "G3 what had failed at the point, %s, is not tried again in silence",
    async (how) => {
      const id = await fail(how);
      if (how === "dismissed") await dismiss(env.ports, db.id, id);
      const point = now();
      const items = await take(env);
      env.advance(120_000);
      await again(env, id);
      await later(env, 60);
      expect([copies(how), await notes(env, id)]).toEqual([1, expect.not.stringMatching(/possible duplicate/)]);
      const fresh = await restore(env, items);
      await reconcile(fresh.ports, { point, stopped: now(), limits: "keep" });
      // A point that was given too early by mistake takes nothing back
      await reconcile(fresh.ports, { point: point - 3_600_000, stopped: now(), limits: "keep" });
      await again(fresh, id);
      await later(fresh, 60);
      expect([copies(how), await notes(fresh, id)]).toEqual([
        2,
        expect.stringMatching(/Attempt 2.*possible duplicate/),
      ]);
      // What failed since then is known
      const since = await fail(`${how} since`);
      await again(fresh, since);
      await later(fresh, 60);
      expect(await notes(fresh, since)).not.toMatch(/possible duplicate/);
    },
  );

  it("G3 mail whose time came while all was stopped cannot have gone out: it stays, and goes out once", async () => {
    const id = await db.send({ subject: "meanwhile", scheduled_at: new Date(now() + 30 * 60_000).toISOString() });
    const point = now();
    const items = await take(env);
    await later(env, 60);
    const stopped = now();
    env.advance(40 * 60_000);
    const fresh = await restore(env, items);
    expect(await reconcile(fresh.ports, { point, stopped, limits: "keep" })).toMatchObject({ ended: 0, noted: 1 });
    await later(fresh, 60);
    expect([(await get(fresh.ports, db.id, id)).status, copies("meanwhile")]).toEqual(["sent", 1]);
  });
});
