import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import { dying } from "../../../../test/support/dying.ts";
import * as OptOut from "../opt-out/opt-out.ts";
import { run } from "./import.ts";
import * as Suppression from "./suppression.ts";

let env: TestPorts;
let named = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

const setUp = async () => (await makeDatabase(env.ports, { name: `import${named++}` }, { provisioned: false })).id;
const list = async (db: string) => (await Suppression.list(env.ports, db, { limit: 1_000 })).data;
const opted = async (db: string) => (await OptOut.list(env.ports, db, { limit: 1_000 })).data;
const bytes = (text: string) => Buffer.from(text);
const many = (count: number) => bytes(Array.from({ length: count }, (_, n) => `a${n}@b.example\n`).join(""));
const nothing = { added: 0, opted_out: 0, already_there: 0, duplicates: 0, invalid: 0, problems: [], next_line: null };

const text = [
  "email,reason,created",
  "dead@b.example,hard bounce,2026-01-02T03:04:05Z",
  "out@b.example,unsubscribe,",
  "DEAD@b.example,hard bounce,",
  "nobody,hard bounce,",
  "there@b.example,soft bounce,",
].join("\n");

describe("a list", () => {
  it("R-FAIL-5 is taken in, each line to where it belongs, and does nothing the second time", async () => {
    const db = await setUp();
    await Suppression.add(env.ports, db, {
      address: "there@b.example",
      scope: "all",
      origin: "manual",
      reason: "mine",
    });
    const counts = { ...nothing, added: 1, opted_out: 1, already_there: 1, duplicates: 1, invalid: 1 };
    const problems = [{ line: 5, reason: "the address has no @" }];
    expect(await run(env.ports, db, bytes(text), { dry_run: true })).toEqual({ ...counts, problems });
    expect([(await list(db)).length, (await opted(db)).length]).toEqual([1, 0]);
    expect(await run(env.ports, db, bytes(text), { dry_run: false })).toEqual({ ...counts, problems });
    expect(await list(db)).toMatchObject([
      {
        address: "dead@b.example",
        origin: "import",
        scope: "all",
        reason: "hard bounce",
        created_at: "2026-01-02T03:04:05.000Z",
      },
      { address: "there@b.example", origin: "manual", reason: "mine" },
    ]);
    expect(await opted(db)).toMatchObject([{ address: "out@b.example", origin: "import" }]);
    const again = { ...counts, added: 0, opted_out: 0, already_there: 3, problems };
    for (const dry_run of [true, false]) expect(await run(env.ports, db, bytes(text), { dry_run })).toEqual(again);
  });

  it("R-FAIL-5 of those who have opted out, or for mass mail alone, where the caller says so", async () => {
    const db = await setUp();
    const out = await run(env.ports, db, many(3), { dry_run: false, opt_outs: true });
    expect([out, (await opted(db)).length]).toEqual([{ ...nothing, opted_out: 3 }, 3]);
    await run(env.ports, db, many(2), { dry_run: false, scope: "mass" });
    expect((await list(db)).map(({ scope }) => scope)).toEqual(["mass", "mass"]);
    expect(await run(env.ports, db, many(2), { dry_run: false })).toMatchObject({ added: 2 });
    expect((await list(db)).map(({ scope }) => scope)).toEqual(["all", "all"]);
  });

  it("R-FAIL-5 that is too long for one call is gone on with, and nothing is missing", async () => {
    const db = await setUp();
    let time = env.ports.clock.now();
    // Every look at the clock takes a second: one lot of lines a call
    const ports = { ...env.ports, clock: { ...env.ports.clock, now: () => (time += 1_000) } };
    const all = Buffer.concat([many(1_010), bytes("nobody\na7@b.example\n")]);
    const sum = { added: 0, already_there: 0, duplicates: 0, invalid: 0 };
    let from_line: number | null = 1;
    let calls = 0;
    for (; from_line !== null; calls++) {
      const done = await run(ports, db, all, { dry_run: false, from_line, time_ms: 1_500 });
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += done[name];
      from_line = done.next_line;
    }
    expect([calls, sum]).toEqual([3, { added: 1_010, already_there: 1, duplicates: 0, invalid: 1 }]);
    expect((await Suppression.list(env.ports, db, { limit: 2_000 })).data).toHaveLength(1_010);
  });

  it("R-FAIL-5 that is killed at any write, before it or after, is finished by sending it again", async () => {
    for (const moment of ["before", "after"] as const)
      for (const calls of [0, 1, 2, 3]) {
        const db = await setUp();
        await run(dying(env.ports, calls, moment).ports, db, bytes(text), { dry_run: false }).catch(() => undefined);
        await run(env.ports, db, bytes(text), { dry_run: false });
        expect((await list(db)).map(({ address }) => address)).toEqual(["dead@b.example", "there@b.example"]);
        expect((await opted(db)).map(({ address }) => address)).toEqual(["out@b.example"]);
      }
  });

  it("R-FAIL-5 twice at once is as once", async () => {
    const db = await setUp();
    const twins = [env.ports, { ...env.ports, store: { ...env.ports.store } }];
    const both = await Promise.all(twins.map((ports) => run(ports, db, many(60), { dry_run: false })));
    expect(both.reduce((sum, { added }) => sum + added, 0)).toBe(60);
    expect(await list(db)).toHaveLength(60);
  });
});
