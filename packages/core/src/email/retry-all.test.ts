import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { patch } from "../database/patch.ts";
import { fail } from "../dispatch/outcome.ts";
import * as keys from "../keys.ts";
import { accept } from "./accept.ts";
import { findHead } from "./find.ts";
import type { Head } from "./head.ts";
import { list } from "./list.ts";
import { get } from "./read.ts";
import { type Filter, retryAll } from "./retry-all.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

let made = 0;

/** A database with so many mails whose server has refused them. */
async function setUp(count: number): Promise<{ db: TestDatabase; ids: Head["id"][] }> {
  const db = await makeDatabase(env.ports, { name: `bulk${made++}`, daily_limit: 1000 });
  const ids: Head["id"][] = [];
  for (let n = 0; n < count; n += 13)
    ids.push(...(await Promise.all(Array.from({ length: Math.min(13, count - n) }, (_, k) => refused(db, n + k)))));
  await deliver(env);
  return { db, ids: ids.toSorted() };
}

async function refused(db: TestDatabase, n: number): Promise<Head["id"]> {
  const { id } = await accept(env.ports, await db.version(), mail({ to: [`${n}@a.test`] }));
  const head = await findHead(env.ports.store, db.id, id);
  await fail(env.ports, { head, recipients: [] }, "smtp_permanent", "550 no");
  return head.id;
}

/** By a clock that stands: how many one call comes to is not a matter of how fast this machine is. */
async function all(db: TestDatabase, filter: Filter = {}) {
  const now = env.ports.clock.now();
  const clock = { ...env.ports.clock, now: () => now };
  return retryAll({ ...env.ports, clock }, await db.version(), filter);
}
const attention = async (db: TestDatabase) =>
  (await list(env.ports, await db.version(), { attention: true, limit: 100 })).data.length;

describe("R-FAIL-3 retry of all", () => {
  it("tries again what is in the red envelope, oldest first and 100 a call, each once", async () => {
    const { db, ids } = await setUp(104);
    const first = await all(db);
    expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 100));
    expect(first).toMatchObject({ refused: [], has_more: true, cursor: ids[99] });
    const rest = await all(db, { after: ids[99] ?? "" });
    expect(rest.data.map(({ id }) => id)).toEqual(ids.slice(100));
    expect(rest).toMatchObject({ has_more: false, cursor: null });
    expect(await all(db)).toEqual({ data: [], refused: [], has_more: false, cursor: null });
    expect(await attention(db)).toBe(0);
  });

  it("only what the filter names; what cannot be is named with its reason, and stays", async () => {
    const { db, ids } = await setUp(3);
    const [, second = ""] = ids;
    const [recipient = ""] = (await get(env.ports, db.id, second)).to;
    expect(await all(db, { status: "bounced" })).toMatchObject({ data: [], refused: [] });
    expect(await all(db, { failure_type: "connection" })).toMatchObject({ data: [], refused: [] });
    await env.ports.store.write({ put: { ...keys.suppression(db.id, recipient), scope: "all" } });
    const { data, refused } = await all(db, { status: "failed", failure_type: "smtp_permanent" });
    expect(data.map(({ id }) => id)).toEqual([ids[0], ids[2]]);
    expect(refused).toEqual([{ id: ids[1], name: "conflict", message: expect.stringContaining(recipient) }]);
    expect(await attention(db)).toBe(1);
    await expect(all(db, { after: "em_1" })).rejects.toMatchObject({ name: "invalid_parameter" });
  });

  it("of two calls at once each email is tried again by one", async () => {
    const { db, ids } = await setUp(5);
    const both = await Promise.all([all(db), all(db)]);
    expect(both.flatMap(({ data }) => data.map(({ id }) => id)).toSorted()).toEqual(ids.toSorted());
    expect(both.flatMap(({ refused }) => refused).every(({ name }) => name === "conflict")).toBe(true);
  });

  it("R-LIM-3 ends at the daily limit, and says where to go on", async () => {
    const { db, ids } = await setUp(4);
    await patch(env.ports, (await db.version()).name, { daily_limit: 2 });
    const { data, refused, has_more, cursor } = await all(db);
    expect(data.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(refused).toMatchObject([{ id: ids[2], name: "daily_quota_exceeded" }]);
    expect({ has_more, cursor }).toEqual({ has_more: true, cursor: ids[1] });
    await expect(all(db)).rejects.toMatchObject({ name: "daily_quota_exceeded" });
  });
});
