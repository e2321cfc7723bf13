import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mail, makeDatabase } from "../../../../test/support/database.ts";
import { patch } from "../settings/patch.ts";
import { acceptAll } from "./accept.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T12:00:00Z") });
});
afterAll(() => env.close());

const setUp = async (on_limit: "reject" | "hold") => {
  const db = await makeDatabase(env.ports, { name: `refusal${made++}`, daily_limit: 5 });
  await patch(env.ports, await db.version(), { on_limit });
  return db;
};
const to = (count: number) => mail({ to: Array.from({ length: count }, (_, n) => `r${n}@example.net`) });
const reset = "2026-11-22T23:00:00.000Z";

describe("R-LIM-4 a mail of a batch for which there is no room", () => {
  it("that is larger than the whole limit is named by its index where mail is held", async () => {
    const db = await setUp("hold");
    await expect(acceptAll(env.ports, await db.version(), [to(1), to(6)], false)).rejects.toMatchObject({
      name: "daily_quota_exceeded",
      message: expect.stringMatching(/^\[1\]: A mail to 6 recipients is larger than the whole daily limit of 5/),
      details: { index: 1, limit: 5, requested: 6, resets_at: reset },
    });
    // Full, it is the same
    await acceptAll(env.ports, await db.version(), [to(5), to(2)], false);
    await expect(acceptAll(env.ports, await db.version(), [to(6)], false)).rejects.toMatchObject({
      details: { index: 0, requested: 6, resets_at: reset },
    });
  });

  it.each(["reject", "hold"] as const)("is told its own numbers, permissive and with `%s`", async (on_limit) => {
    const db = await setUp(on_limit);
    await acceptAll(env.ports, await db.version(), [to(4)], false);
    const key = { key: "own", hash: "h" };
    const send = async () => acceptAll(env.ports, await db.version(), [to(2), to(7), to(3)], true, key);
    const { refusals } = await send();
    const large = { index: 1, message: expect.stringMatching(/7 recipients is larger than .* of 5/) };
    const full = (index: number, n: number) => ({
      index,
      name: "daily_quota_exceeded",
      message: expect.stringMatching(new RegExp(`no room left for the ${n} of this mail. .* ${reset}`)),
    });
    expect(refusals).toMatchObject(on_limit === "hold" ? [large] : [full(0, 2), large, full(2, 3)]);
    expect((await send()).refusals).toEqual(refusals);
  });
});
