import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { dying } from "../../../../test/support/dying.ts";
import type { Incoming } from "../../../../test/support/inbound.ts";
import { received, said, taken, written } from "../../../../test/support/taking.ts";
import { follow } from "../../../../test/support/thread.ts";
import * as Alias from "../alias/alias.ts";
import * as Thread from "../thread/find.ts";
import * as Follower from "../thread/follower.ts";
import { confirm } from "./confirm.ts";
import { route } from "./manual.ts";
import { get } from "./read.ts";

let env: TestPorts;
let db: TestDatabase;
const D = "company-name.posthouse.test";
const ticket = (record_id: string) => ({ model: "helpdesk.ticket", record_id });
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
  await Alias.create(env.ports, await db.version(), { name: "support", model: "helpdesk.ticket" });
});
afterAll(() => env.close());

/** A mail that nothing took. */
async function lost(to = `nobody@${D}`, verdicts: Incoming["verdicts"] = {}): Promise<string> {
  const [one] = await taken(env, db, { to: [to], raw: written({ Subject: "Lost", To: to }), verdicts });
  return one?.id ?? "";
}

describe("R-IN-4 routing by hand", () => {
  it("R-IN-4 makes a rejected mail a message on a record, and tells its followers", async () => {
    await follow(env.ports, db, ["tom@example.net"], ticket("7"));
    const id = await lost();
    const routed = await route(env.ports, await db.version(), id, ticket("7"));
    expect(routed).toMatchObject({
      id,
      status: "threaded",
      route: { rule: "manual", thread: { ...ticket("7"), new: false } },
    });
    expect(await said(env, db, ticket("7"))).toMatchObject([
      { id: routed.route.message, received_id: id, notifications: { emails: 1 } },
    ]);
    expect(await get(env.ports, db.id, id)).toMatchObject(routed);
  });

  it("R-IN-4 makes a new record that its sender follows, and that is named when it is confirmed", async () => {
    const id = await lost(`nobody@${D}`, { dmarc: "PASS" });
    const version = await db.version();
    const { route: to } = await route(env.ports, version, id, { model: "crm.lead" });
    expect(to.thread).toEqual({ model: "crm.lead", record_id: id, new: true });
    await confirm(env.ports, version, id, "31");
    const thread = await Thread.byRecord(env.ports, db.id, { model: "crm.lead", record_id: "31" });
    expect(thread?.name).toBe("Lost");
    expect(await Follower.list(env.ports, db.id, thread?.id ?? "")).toMatchObject([
      { address: "mary@customer.example" },
    ]);
  });

  it("R-IN-6 is a message to be confirmed, though the mail was confirmed before", async () => {
    const id = await lost();
    await confirm(env.ports, await db.version(), id);
    expect((await received(env, db)).map((one) => one.id)).not.toContain(id);
    const routed = await route(env.ports, await db.version(), id, { model: "crm.lead" });
    expect(routed.confirmed_at).toBeNull();
    expect(await received(env, db)).toContainEqual(routed);
    await confirm(env.ports, await db.version(), id, "32");
    expect((await received(env, db)).map((one) => one.id)).not.toContain(id);
  });

  it("R-IN-4 once: whatever is a message stays where it is, of many at once one does it", async () => {
    const version = await db.version();
    const id = await lost();
    const targets = ["a", "b", "c", "d"].map(ticket);
    const all = await Promise.allSettled(targets.map((target) => route(env.ports, version, id, target)));
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const counts = await Promise.all(targets.map(async (target) => (await said(env, db, target)).length));
    expect(counts.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 1]);
    await expect(route(env.ports, version, id, ticket("7"))).rejects.toMatchObject({ name: "conflict" });
    const [threaded] = await taken(env, db, { to: [`support@${D}`], raw: written() });
    await expect(route(env.ports, version, threaded?.id ?? "", ticket("7"))).rejects.toMatchObject({
      name: "conflict",
    });
  });

  it("R-IN-4 with an idempotency key it answers the same again", async () => {
    const id = await lost();
    const key = { key: "k", hash: "h" };
    const first = await route(env.ports, await db.version(), id, ticket("key"), key);
    expect(await route(env.ports, await db.version(), id, ticket("key"), key)).toEqual(first);
    expect(await said(env, db, ticket("key"))).toHaveLength(1);
  });

  it("R-IN-4 refuses what can be no record, and what is another database's", async () => {
    const id = await lost();
    const other = await makeDatabase(env.ports, { name: "other" });
    await expect(route(env.ports, await db.version(), id, { model: "Bad Model" })).rejects.toMatchObject({
      name: "invalid_parameter",
    });
    await expect(route(env.ports, await other.version(), id, ticket("7"))).rejects.toMatchObject({ name: "not_found" });
    expect((await get(env.ports, db.id, id)).status).toBe("rejected");
  });

  it("R-IN-4 cut short at any write it is one message when it is done again", async () => {
    for (const moment of ["before", "after"] as const)
      for (let calls = 0; calls < 8; calls++) {
        const id = await lost();
        const target = ticket(`${moment}${calls}`);
        await route(dying(env.ports, calls, moment).ports, await db.version(), id, target).catch(() => undefined);
        const { status } = await get(env.ports, db.id, id);
        if (status !== "threaded") await route(env.ports, await db.version(), id, target);
        expect(await said(env, db, target), `${moment} ${calls}`).toHaveLength(1);
      }
  }, 60_000);
});
