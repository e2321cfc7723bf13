import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { put as optOut } from "../opt-out/record.ts";
import type { Store } from "../ports/store.ts";
import { put } from "./add.ts";
import { among } from "./among.ts";
import type { Asked } from "./entry.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

const now = () => env.ports.clock.now();
const suppress = (db: string, address: string, changes: Partial<Asked> = {}) =>
  env.ports.store.write(put(db, { address, scope: "all", origin: "manual", ...changes }, now()));

describe("whom a database does not mail", () => {
  const all = [
    "all@b.example",
    "mass@b.example",
    "past@b.example",
    "out@b.example",
    "both@b.example",
    "fine@b.example",
  ];

  it("R-FAIL-5 depends on the kind of mail, the end, and the database", async () => {
    await suppress("db_1", "all@b.example");
    await suppress("db_1", "mass@b.example", { scope: "mass" });
    await suppress("db_1", "past@b.example", { until: now() - 1_000 });
    await suppress("db_1", "both@b.example", { scope: "mass", until: now() + 60_000 });
    for (const address of ["out@b.example", "Both@b.example"])
      await optOut(env.ports, "db_1", { address, origin: "one_click" });
    const of = async (db: string, kind: "mass" | "transactional", at = now()) =>
      Object.fromEntries(await among(env.ports.store, db, all, kind, at));
    expect(await of("db_1", "transactional")).toEqual({ "all@b.example": "suppressed" });
    expect(await of("db_1", "mass")).toEqual({
      "all@b.example": "suppressed",
      "mass@b.example": "suppressed",
      "out@b.example": "opted_out",
      "both@b.example": "suppressed",
    });
    expect(await of("db_1", "mass", now() + 61_000)).toMatchObject({ "both@b.example": "opted_out" });
    expect(await of("db_2", "mass")).toEqual({});
  });

  it("R-FAIL-5 is one call: half a read unit a recipient, and of mass mail one", async () => {
    let calls = 0;
    const batchGet: Store["batchGet"] = (wanted, options) => {
      calls++;
      return env.ports.store.batchGet(wanted, options);
    };
    const reads = async (kind: "mass" | "transactional") => {
      env.meter.reset();
      await among({ ...env.ports.store, batchGet }, "db_3", all, kind, now());
      return env.meter.read().reads;
    };
    expect([await reads("transactional"), await reads("mass"), calls]).toEqual([3, 6, 2]);
  });
});
