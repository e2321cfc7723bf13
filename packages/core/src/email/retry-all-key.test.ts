import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { dying } from "../../../../test/support/dying.ts";
import { patch } from "../database/patch.ts";
import { fail } from "../dispatch/outcome.ts";
import type { Ports } from "../ports/main.ts";
import { accept } from "./accept.ts";
import { findHead } from "./find.ts";
import { retryAll } from "./retry-all.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

const key = { key: "all", hash: "h" };
const setUp = () => makeDatabase(env.ports, { name: `keyed${made++}`, daily_limit: 50 });
const all = async (db: TestDatabase, ports: Ports = env.ports) => retryAll(ports, await db.version(), {}, key);
const attempts = (db: TestDatabase, ids: readonly string[]) =>
  Promise.all(ids.map(async (id) => (await findHead(env.ports.store, db.id, id)).attempt));

/** Its server refuses it. */
async function refuse(db: TestDatabase, id: string): Promise<void> {
  const head = await findHead(env.ports.store, db.id, id);
  await fail(env.ports, { head, recipients: [] }, "smtp_permanent", "550 no");
}

async function refused(db: TestDatabase, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const { id } = await accept(env.ports, await db.version(), mail({ to: [`${n}@a.test`] }));
    await refuse(db, id);
    ids.push(id);
  }
  return ids;
}

describe("R-FAIL-3 retry of all, with an idempotency key", () => {
  it("asked again it gets the first answer, and what failed anew meanwhile is not tried a third time", async () => {
    const db = await setUp();
    const ids = await refused(db, 2);
    const first = await all(db);
    expect(first.data.map(({ id }) => id)).toEqual(ids);
    for (const id of ids) await refuse(db, id);
    expect(JSON.stringify(await all(db))).toBe(JSON.stringify(first));
    expect(await attempts(db, ids)).toEqual([2, 2]);
    await expect(
      retryAll(env.ports, await db.version(), { status: "failed" }, { ...key, hash: "other" }),
    ).rejects.toMatchObject({ name: "invalid_idempotent_request" });
  });

  it("twins in several processes try each once", async () => {
    const db = await setUp();
    const ids = await refused(db, 2);
    const processes = Array.from({ length: 3 }, () => ({ ...env.ports, store: { ...env.ports.store } }));
    const settled = await Promise.allSettled(processes.map((ports) => all(db, ports)));
    const errors = settled.flatMap((one) => (one.status === "rejected" ? [(one.reason as Error).name] : []));
    expect(errors.filter((name) => name !== "concurrent_idempotent_requests")).toEqual([]);
    expect(await attempts(db, ids)).toEqual([2, 2]);
    expect((await all(db)).data.map(({ id }) => id)).toEqual(ids);
  });

  it("killed after any of its writes, it is gone on with: each is tried once, and all are in the answer", async () => {
    let finished = false;
    for (let calls = 0; !finished; calls++) {
      const db = await setUp();
      const ids = await refused(db, 2);
      const process = dying(env.ports, calls, "after");
      await all(db, process.ports).catch(() => undefined);
      finished = process.writes() <= calls;
      const tried = await attempts(db, ids);
      // What was tried fails anew, and is back in the envelope
      for (const [n, id] of ids.entries()) if (tried[n] === 2) await refuse(db, id);
      env.advance(61_000);
      expect((await all(db)).data).toMatchObject(ids.map((id) => ({ id, attempt: 2 })));
      expect(await attempts(db, ids)).toEqual([2, 2]);
    }
  });

  it("a refusal is not remembered", async () => {
    const db = await setUp();
    const ids = await refused(db, 1);
    const { name } = await db.version();
    await patch(env.ports, name, { daily_limit: 0 });
    await expect(all(db)).rejects.toMatchObject({ name: "daily_quota_exceeded" });
    await patch(env.ports, name, { daily_limit: 5 });
    expect((await all(db)).data.map(({ id }) => id)).toEqual(ids);
  });
});
