import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import { Dead, dying } from "../../../../test/support/dying.ts";
import { dump } from "../../../../test/support/leftovers.ts";
import type { Version } from "../database/version.ts";
import { make } from "../id.ts";
import { ensure } from "./ensure.ts";
import { byId, byRecord } from "./find.ts";
import { assertRef } from "./ref.ts";
import { remove } from "./remove.ts";
import { rename } from "./rename.ts";
import { put } from "./thread.ts";

let env: TestPorts;
let version: Version;
let other: Version;
beforeAll(async () => {
  env = await startTestPorts();
  version = await (await makeDatabase(env.ports, { name: "ensure" })).version();
  other = await (await makeDatabase(env.ports, { name: "other" })).version();
});
afterAll(() => env.close());

let n = 0;
const ref = () => ({ model: "helpdesk.ticket", record_id: `${++n}` });
/** All that lies with threads of these names. */
const heads = async () =>
  (await dump(env)).filter(({ pk, sk }) => String(pk).startsWith("THR#") && sk === "HEAD").length;

describe("the thread of a record", () => {
  it("R-NOT is made once, whoever asks, and of no other database", async () => {
    const one = ref();
    const before = await heads();
    const all = await Promise.all(Array.from({ length: 8 }, () => ensure(env.ports, version, { ...one, name: "x" })));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(await heads()).toBe(before + 1);
    expect(await byRecord(env.ports, version.id, one)).toEqual(all[0]);
    expect(await byRecord(env.ports, other.id, one)).toBeUndefined();
    expect(await byId(env.ports, other.id, all[0]?.id ?? "")).toBeUndefined();
    expect(await ensure(env.ports, version, { ...one, name: "y" })).toMatchObject({ name: "x" });
  });

  it("R-NOT is there whole or not at all, whenever its process dies", async () => {
    for (const moment of ["before", "after"] as const) {
      const one = ref();
      const before = await heads();
      const dead = ensure(dying(env.ports, 0, moment).ports, version, one);
      await expect(dead).rejects.toBeInstanceOf(Dead);
      expect(await heads()).toBe(before + (moment === "after" ? 1 : 0));
      await ensure(env.ports, version, one);
      expect(await heads()).toBe(before + 1);
    }
  });

  it("R-NOT-1 is of a record with a name that can be stored", () => {
    const good = fc.record({
      model: fc.stringMatching(/^[a-z][a-z0-9_.-]{0,99}$/),
      record_id: fc.stringMatching(/^[ -~äß漢]{1,100}$/u),
    });
    fc.assert(
      fc.property(good, (one) => {
        assertRef(one);
      }),
    );
    for (const model of ["", "A", "1a", "a b", "a/b", `a${"x".repeat(100)}`])
      expect(() => assertRef({ model, record_id: "1" })).toThrow(/`model`/);
    for (const record_id of ["", "a\nb", "a\u0000", "\u202ex", "\ud800", "x".repeat(101)])
      expect(() => assertRef({ model: "a", record_id })).toThrow(/`record_id`/);
  });
});

describe("a thread whose record is not known yet", () => {
  const fresh = (model = "crm.lead") =>
    ensure(env.ports, version, { model, record_id: make("received", env.ports), is_new: true, alias: "a@b.example" });

  it("R-IN-6 gets the application's record id, and is found by the old one for 400 days", async () => {
    const thread = await fresh();
    const one = { model: "crm.lead", record_id: "lead 7" };
    const [first, ...twins] = await Promise.all(
      Array.from({ length: 4 }, () => rename(env.ports, version, thread, one.record_id)),
    );
    expect(first).toMatchObject({ id: thread.id, record_id: "lead 7", former_record_id: thread.record_id });
    expect(first).not.toHaveProperty("is_new");
    for (const twin of twins) expect(twin).toEqual(first);
    for (const named of [one, { ...one, record_id: thread.record_id }])
      expect(await byRecord(env.ports, version.id, named)).toEqual(first);
    env.advance(401 * 86_400_000);
    expect(await byRecord(env.ports, version.id, { ...one, record_id: thread.record_id })).toBeUndefined();
    expect(await byRecord(env.ports, version.id, one)).toEqual(first);
    const anew = await ensure(env.ports, version, { ...one, record_id: thread.record_id });
    expect(anew.id).not.toBe(thread.id);
  });

  it("R-IN-6 gets no second record, and none that has a thread", async () => {
    const thread = await fresh();
    const taken = await ensure(env.ports, version, { model: "crm.lead", record_id: "taken" });
    const refused = { name: "conflict", message: expect.stringContaining("DELETE /v1/threads/crm.lead/{record_id}") };
    await expect(rename(env.ports, version, thread, "taken")).rejects.toMatchObject(refused);
    await rename(env.ports, version, thread, "mine");
    await expect(rename(env.ports, version, thread, "else")).rejects.toMatchObject({ name: "conflict" });
    await expect(rename(env.ports, other, thread, "mine")).rejects.toMatchObject({ name: "not_found" });
    await expect(rename(env.ports, version, await fresh(), "a\nb")).rejects.toMatchObject({
      name: "invalid_parameter",
    });
    expect(await byRecord(env.ports, version.id, taken)).toEqual(taken);
  });

  it("R-IN-6 gets the id of a record whose own thread was deleted", async () => {
    const thread = await fresh();
    await ensure(env.ports, version, { model: "crm.lead", record_id: "emptied" });
    await remove(env.ports, version, { model: "crm.lead", record_id: "emptied" });
    expect(await rename(env.ports, version, thread, "emptied")).toMatchObject({ id: thread.id, record_id: "emptied" });
  });

  it("R-IN-6 keeps the id it has where the application takes that", async () => {
    const thread = await fresh();
    const kept = await rename(env.ports, version, thread, thread.record_id);
    expect(kept).not.toHaveProperty("is_new");
    expect(await byRecord(env.ports, version.id, thread)).toEqual(kept);
  });

  it("R-IN-6 is renamed whole or not at all, whenever its process dies", async () => {
    for (const moment of ["before", "after"] as const) {
      const thread = await fresh();
      const dead = rename(dying(env.ports, 0, moment).ports, version, thread, `dead-${moment}`);
      await expect(dead).rejects.toBeInstanceOf(Dead);
      const renamed = await rename(env.ports, version, thread, `dead-${moment}`);
      for (const record_id of [thread.record_id, `dead-${moment}`])
        expect(await byRecord(env.ports, version.id, { model: "crm.lead", record_id })).toEqual(renamed);
    }
  });
});

describe("what is set of a thread", () => {
  it("R-DOM-8 is a company of the database, and what is not given stays", async () => {
    const one = ref();
    const made = await put(env.ports, version, one, { name: "Ticket", company: null });
    expect(made).toMatchObject({ ...one, name: "Ticket", company: null, alias: null, new: false, followers: 0 });
    expect(await put(env.ports, version, one, {})).toEqual(made);
    expect(await put(env.ports, version, one, { name: null })).toEqual({ ...made, name: null });
    const wrong = put(env.ports, version, one, { company: make("company", env.ports) });
    await expect(wrong).rejects.toMatchObject({ name: "invalid_parameter", details: { field: "company" } });
  });
});
