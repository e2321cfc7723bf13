import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mail, makeDatabase } from "../../../../test/support/database.ts";
import { acceptAll } from "../batch/accept.ts";
import * as keys from "../keys.ts";
import { accept } from "./accept.ts";
import { reschedule } from "./reschedule.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

const setUp = (daily_limit = 50) => makeDatabase(env.ports, { name: `fit${made++}`, daily_limit });
const three = ["a@example.net", "b@example.net", "c@example.net"];
const scheduled_at = "in 2 hours";

describe("R-LIM-4 scheduled mail larger than the whole limit", () => {
  const refusal = {
    name: "daily_quota_exceeded",
    message: expect.stringContaining("whole daily limit of 2"),
    details: { limit: 2, requested: 3, resets_at: expect.any(String) },
  };

  it("is refused when it is accepted, for it could never be sent", async () => {
    const db = await setUp(2);
    await expect(accept(env.ports, await db.version(), mail({ to: three, scheduled_at }))).rejects.toMatchObject(
      refusal,
    );
    await accept(env.ports, await db.version(), mail({ to: three.slice(1), scheduled_at }));
    const stopped = { ...(await db.version()), limit: 0 };
    await accept(env.ports, stopped, mail({ scheduled_at }));
  });

  it("is refused of a batch", async () => {
    const db = await setUp(2);
    const entries = [mail({ scheduled_at }), mail({ to: three, scheduled_at })];
    await expect(acceptAll(env.ports, await db.version(), entries, false)).rejects.toMatchObject({
      name: refusal.name,
      message: refusal.message,
      details: { ...refusal.details, index: 1 },
    });
    const { accepted, refusals } = await acceptAll(env.ports, await db.version(), entries, true);
    expect(accepted).toHaveLength(1);
    expect(refusals).toEqual([{ index: 1, name: refusal.name, message: refusal.message }]);
  });
});

it("a mail that is given another time keeps the retention of its head, its recipients and its timeline", async () => {
  const db = await setUp();
  const { id } = await accept(env.ports, await db.version(), mail({ to: three, scheduled_at: "in 1 hour" }));
  const ends = async () => {
    const { items } = await env.ports.store.query({ pk: keys.emailHead(db.id, id).pk, consistent: true });
    return items.filter(({ sk }) => !sk.startsWith(keys.eventPrefix)).map(({ expires_at }) => Number(expires_at));
  };
  const before = await ends();
  await reschedule(env.ports, db.id, id, "in 20 days");
  const later = (await ends()).map((end, n) => end - (before[n] ?? 0));
  expect(new Set(later).size).toBe(1);
  expect(Math.abs((later[0] ?? 0) - (20 * 86_400 - 3_600))).toBeLessThan(60);
});
