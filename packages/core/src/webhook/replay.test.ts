import type { TestPorts } from "@posthouse/local/testing";
import { describe, expect, it } from "vitest";
import type { TestDatabase } from "../../../../test/support/database.ts";
import { beginFresh } from "../../../../test/support/fresh.ts";
import { type Answer, status } from "../../../../test/support/receiver.ts";
import { type Hook, lendHook, pump, tell } from "../../../../test/support/webhooks.ts";
import * as Deliveries from "./deliveries.ts";
import { replay, replayFailed } from "./replay.ts";
import { patch } from "./webhook.ts";

let env: TestPorts;
let db: TestDatabase;
beginFresh(
  "replay",
  (fresh) => {
    ({ env, db } = fresh);
  },
  { provisioned: false },
);

const hook = (how?: Answer) => lendHook(env.ports, db.id, how);

/** An endpoint, enabled again, one of whose deliveries has failed. */
async function failed(): Promise<Hook> {
  const one = await hook(status(410));
  await tell(env.ports, db.id, "em_1");
  await pump(env, env.ports);
  await patch(env.ports, db.id, one.id, { status: "enabled" });
  return one;
}

describe("a replay", () => {
  it("near the end of the 30 days has the delivery live as long as it is tried", async () => {
    const one = await failed();
    one.answer(status(500));
    env.advance((30 * 86_400 - 600) * 1000);
    const [found] = await one.deliveries();
    if (!found) throw new Error("kept for 30 days");
    await replay(env.ports, await one.record(), found.id);
    await pump(env, env.ports);
    env.advance(700_000);
    const again = await Deliveries.get(env.ports, db.id, one.id, found.id).catch((error: Error) => error.name);
    expect(again).toMatchObject({ status: "pending" });
  });

  it("of all since before 1970 is of everything", async () => {
    const one = await failed();
    const all = await replayFailed(env.ports, await one.record(), "1969-12-31T00:00:00Z");
    expect(all).toEqual({ count: 1, has_more: false });
  });
});
