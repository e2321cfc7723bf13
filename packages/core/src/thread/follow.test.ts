import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import { Dead, dying } from "../../../../test/support/dying.ts";
import type { Version } from "../database/version.ts";
import * as keys from "../keys.ts";
import * as User from "../user/change.ts";
import { ensure } from "./ensure.ts";
import { get, list, put, remove } from "./follow.ts";
import * as Follower from "./follower.ts";
import * as Thread from "./thread.ts";

let env: TestPorts;
let version: Version;
let other: Version;
beforeAll(async () => {
  env = await startTestPorts();
  version = await (await makeDatabase(env.ports, { name: "follow" })).version();
  other = await (await makeDatabase(env.ports, { name: "other" })).version();
});
afterAll(() => env.close());

let n = 0;
const ref = () => ({ model: "helpdesk.ticket", record_id: `${++n}` });
const mary = "mary@customer.example.com";
const count = async (one: ReturnType<typeof ref>) => (await Thread.get(env.ports, version, one)).followers;

describe("followers of a thread", () => {
  it("R-NOT-1 subscribe to comments where they say nothing, and what is given is changed alone", async () => {
    const one = ref();
    const made = await put(env.ports, version, one, ` ${mary.toUpperCase()} `, { name: "Mary" });
    expect(made).toMatchObject({ address: mary, name: "Mary", user: false, notify: null, subtypes: ["comment"] });
    const changed = await put(env.ports, version, one, mary, { subtypes: ["note", "comment", "note"] });
    expect(changed).toEqual({ ...made, subtypes: ["note", "comment"] });
    expect(await put(env.ports, version, one, mary, {})).toEqual(changed);
    expect(await get(env.ports, version, one, mary)).toEqual(changed);
    expect(await count(one)).toBe(1);
  });

  it("R-NOT-1 fifty at once all join, and all leave", async () => {
    const one = ref();
    const all = Array.from({ length: 50 }, (_, n) => `f${n}@b.example`);
    await Promise.all(all.map((address) => put(env.ports, version, one, address, {})));
    expect(await count(one)).toBe(50);
    await Promise.all(all.map((address) => remove(env.ports, version, one, address)));
    expect(await count(one)).toBe(0);
  }, 60_000);

  it("R-NOT-1 what is no address follows nothing, and is no user", async () => {
    const one = ref();
    await put(env.ports, version, one, mary, {});
    for (const named of ["", " ", "mary", "x".repeat(1_100), `a${"ß".repeat(600)}@b.example`]) {
      await expect(get(env.ports, version, one, named)).rejects.toMatchObject({ name: "not_found" });
      await expect(remove(env.ports, version, one, named)).rejects.toMatchObject({ name: "not_found" });
      await expect(User.get(env.ports, version.id, named)).rejects.toMatchObject({ name: "not_found" });
      await expect(User.remove(env.ports, version.id, named)).rejects.toMatchObject({ name: "not_found" });
    }
  });

  it("R-NOT-1 who is no user has no inbox, whichever way that would come about", async () => {
    const one = ref();
    const inbox = { notify: "inbox" } as const;
    const refused = { name: "invalid_parameter", message: expect.stringContaining("only users have an inbox") };
    await expect(put(env.ports, version, one, "ann@b.example", inbox)).rejects.toMatchObject(refused);
    await expect(Thread.get(env.ports, version, one)).rejects.toMatchObject({ name: "not_found" });
    await put(env.ports, version, one, "ann@b.example", { ...inbox, user: true });
    const demoted = put(env.ports, version, one, "ann@b.example", { user: false });
    await expect(demoted).rejects.toMatchObject(refused);
    await User.put(env.ports, version.id, "tom@b.example", {});
    expect(await put(env.ports, version, one, "tom@b.example", inbox)).toMatchObject({ notify: "inbox", user: false });
    await expect(put(env.ports, other, one, "tom@b.example", inbox)).rejects.toMatchObject(refused);
  });

  it("R-NOT-1 are listed by address, in pages either way, and counted", async () => {
    const one = ref();
    const addresses = ["a@b.example", "b@b.example", "c@b.example", "d@b.example", "e@b.example"];
    await Promise.all(addresses.map((address) => put(env.ports, version, one, address, {})));
    const of = async (query: object) => {
      const { data, has_more } = await list(env.ports, version, one, { limit: 2, ...query });
      return [data.map(({ address }) => address.charAt(0)).join(""), has_more];
    };
    expect(await of({})).toEqual(["ab", true]);
    expect(await of({ after: "b@b.example" })).toEqual(["cd", true]);
    expect(await of({ after: "D@b.example" })).toEqual(["e", false]);
    expect(await of({ before: "d@b.example" })).toEqual(["bc", true]);
    expect(await of({ before: "b@b.example" })).toEqual(["a", false]);
    expect(await count(one)).toBe(5);
    expect(await remove(env.ports, version, one, "C@b.example")).toBe("c@b.example");
    await expect(remove(env.ports, version, one, "c@b.example")).rejects.toMatchObject({ name: "not_found" });
    expect([await count(one), await of({ after: "b@b.example" })]).toEqual([4, ["de", false]]);
  });

  it("R-NOT-1 are those of their own database's thread alone", async () => {
    const one = ref();
    await put(env.ports, version, one, mary, {});
    await expect(list(env.ports, other, one, { limit: 10 })).rejects.toMatchObject({ name: "not_found" });
    await expect(remove(env.ports, other, one, mary)).rejects.toMatchObject({ name: "not_found" });
    const theirs = await ensure(env.ports, other, one);
    expect(await Follower.list(env.ports, other.id, theirs.id)).toEqual([]);
    const { id } = await ensure(env.ports, version, one);
    const crossed = Follower.put(env.ports, other.id, id, { address: mary });
    await expect(crossed).rejects.toMatchObject({ name: "not_found" });
  });

  it("R-NOT-1 are 5,000 at most", async () => {
    const one = ref();
    const { id } = await ensure(env.ports, version, one);
    await env.ports.store.write({ update: keys.thread(version.id, id), set: { followers: Follower.maximum - 1 } });
    await put(env.ports, version, one, "last@b.example", {});
    await expect(put(env.ports, version, one, mary, {})).rejects.toMatchObject({
      name: "conflict",
      message: expect.stringContaining("5,000"),
    });
    await put(env.ports, version, one, "last@b.example", { name: "Still here" });
    await remove(env.ports, version, one, "last@b.example");
    await put(env.ports, version, one, mary, {});
  });

  it("R-NOT-1 are counted once, however their process dies and whoever joins at once", async () => {
    const one = ref();
    await ensure(env.ports, version, one);
    for (const moment of ["before", "after"] as const) {
      const dead = put(dying(env.ports, 0, moment).ports, version, one, mary, {});
      await expect(dead).rejects.toBeInstanceOf(Dead);
    }
    await Promise.all(Array.from({ length: 5 }, () => put(env.ports, version, one, mary, {})));
    expect(await count(one)).toBe(1);
    const gone = remove(dying(env.ports, 0, "after").ports, version, one, mary);
    await expect(gone).rejects.toBeInstanceOf(Dead);
    expect(await count(one)).toBe(0);
  });
});
