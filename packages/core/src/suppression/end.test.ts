import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import { apply } from "../feedback/apply.ts";
import * as keys from "../keys.ts";
import { place } from "./add.ts";
import type { Asked } from "./entry.ts";
import { run } from "./import.ts";
import * as Suppression from "./suppression.ts";

let env: TestPorts;
let named = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

const address = "a@b.example";
const hour = 3_600_000;
const day = 24 * hour;
const setUp = () => makeDatabase(env.ports, { name: `end${named++}` });
const now = () => env.ports.clock.now();
const add = (db: TestDatabase, changes: Partial<Asked>) =>
  Suppression.add(env.ports, db.id, { address, scope: "all", origin: "manual", ...changes });
const forAnHour = (db: TestDatabase) => add(db, { until: now() + hour });
const afterwards = () => env.advance(hour + 100_000);
const left = async (db: TestDatabase, kind: "mass" | "transactional") =>
  (await accept(env.ports, await db.version(), mail({ kind, to: [address] }))).suppressed.length;
const bounced = (at: number) => ({
  kind: "bounced" as const,
  status: "5.7.1",
  at: new Date(at).toISOString(),
  address,
  dedupe: "x",
});

describe("an address that is stopped for an hour", () => {
  it("R-FAIL-5 who complains meanwhile stays stopped for good", async () => {
    const db = await setUp();
    const { id } = await accept(env.ports, await db.version(), mail({ to: [address] }));
    await deliver(env);
    await forAnHour(db);
    await apply(env.ports, { database: db.id, id }, [
      { kind: "complained", at: new Date(now()).toISOString(), address, dedupe: "x" },
    ]);
    const { status } = await get(env.ports, db.id, id);
    afterwards();
    expect([status, await left(db, "transactional")]).toEqual(["complained", 1]);
  });

  it("R-FAIL-5 keeps the lasting stop of mass mail that was there", async () => {
    const db = await setUp();
    await add(db, { scope: "mass", origin: "soft_bounces" });
    await forAnHour(db);
    expect([await left(db, "mass"), await left(db, "transactional")]).toEqual([1, 1]);
    afterwards();
    expect([await left(db, "mass"), await left(db, "transactional")]).toEqual([1, 0]);
    expect(await Suppression.get(env.ports, db.id, address)).toMatchObject({ scope: "mass", origin: "soft_bounces" });
  });

  it("R-FAIL-5 gets a lasting stop of mass mail beside it, as asked", async () => {
    const db = await setUp();
    await forAnHour(db);
    const { added, entry } = await add(db, { scope: "mass" });
    expect([added, entry]).toMatchObject([true, { scope: "all", until: expect.any(String), mass_until: null }]);
    expect((await add(db, { scope: "mass" })).added).toBe(false);
    afterwards();
    expect(await left(db, "mass")).toBe(1);
  });

  it("R-FAIL-5 five soft bounces stop mass mail for good, and their count goes with that", async () => {
    const db = await setUp();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push((await accept(env.ports, await db.version(), mail({ to: [address] }))).id);
    await deliver(env);
    await forAnHour(db);
    for (const [n, id] of ids.entries())
      await apply(env.ports, { database: db.id, id }, [bounced(now() - (40 - 9 * n) * day)]);
    afterwards();
    expect(await left(db, "mass")).toBe(1);
    expect(await env.ports.store.get(keys.softBounces(db.id, address))).toBeUndefined();
  });

  it("R-FAIL-5 that another provider's list has as dead is added for good, and said to be", async () => {
    const db = await setUp();
    await forAnHour(db);
    const list = Buffer.from(`email,reason\n${address},HardBounce\n`);
    for (const dry_run of [true, false])
      expect(await run(env.ports, db.id, list, { dry_run })).toMatchObject({ added: 1, already_there: 0 });
    afterwards();
    expect(await left(db, "transactional")).toBe(1);
  });

  it("R-FAIL-5 is given another end alone: a stop of mass mail beneath keeps its own", async () => {
    const db = await setUp();
    await add(db, { scope: "mass", origin: "import" });
    await add(db, {});
    expect(await Suppression.update(env.ports, db.id, address, now() + hour)).toMatchObject({
      scope: "all",
      mass_until: null,
    });
    afterwards();
    expect([await left(db, "mass"), await left(db, "transactional")]).toEqual([1, 0]);
  });
});

describe("an end", () => {
  it("R-FAIL-5 is kept to the second: the same request with a fraction of one is added, and told, once", async () => {
    const db = await setUp();
    const until = Math.floor(now() / 1000) * 1000 + hour + 500;
    expect([(await add(db, { until })).added, (await add(db, { until })).added]).toEqual([true, false]);
  });

  it("R-FAIL-5 nothing is lost where several are added and moved at once", async () => {
    const db = await setUp();
    for (let round = 0; round < 5; round++) {
      const key = `x${round}@b.example`;
      const put = (changes: Partial<Asked>) =>
        place(env.ports, db.id, { address: key, scope: "all", origin: "manual", ...changes }, undefined, new Set());
      await put({ until: now() + hour });
      await Promise.all([
        put({ until: now() + 2 * hour }),
        put({ scope: "mass", origin: "soft_bounces" }),
        Suppression.update(env.ports, db.id, key, now() + 3 * hour),
      ]);
      expect(await Suppression.get(env.ports, db.id, key)).toMatchObject({ scope: "all", mass_until: null });
    }
  });
});
