import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { dying } from "../../../../test/support/dying.ts";
import { normalize } from "../address/address.ts";
import * as keys from "../keys.ts";
import { create as createWebhook } from "../webhook/create.ts";
import type { Asked } from "./entry.ts";
import { remove, removeAll } from "./remove.ts";
import * as Suppression from "./suppression.ts";

let env: TestPorts;
let named = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

const setUp = () => makeDatabase(env.ports, { name: `suppression${named++}` }, { provisioned: false });
const asked = (address: string, changes: Partial<Asked> = {}): Asked => ({
  address,
  scope: "all",
  origin: "manual",
  ...changes,
});
const day = 86_400_000;
const now = () => env.ports.clock.now();
const addresses = async ({ id }: TestDatabase) =>
  (await Suppression.list(env.ports, id, { limit: 100 })).data.map(({ address }) => address);

async function events({ id }: TestDatabase) {
  const { items } = await env.ports.store.query({ pk: keys.outbox(id, "").pk });
  return items.map((item) => `${String(item["type"])} ${String((item["data"] as { email: string }).email)}`).toSorted();
}

describe("an address on the list", () => {
  it("R-FAIL-5 is added, found by id and address however it is written, given an end, and removed", async () => {
    const db = await setUp();
    const { entry, added } = await Suppression.add(env.ports, db.id, asked(" Dead@BÜCHER.example "));
    expect([added, entry]).toMatchObject([
      true,
      { address: "dead@xn--bcher-kva.example", scope: "all", origin: "manual", until: null },
    ]);
    for (const name of [entry.id, entry.address, "DEAD@bücher.example"])
      expect(await Suppression.get(env.ports, db.id, name)).toEqual(entry);
    const until = Math.floor(now() / 1000) * 1000 + day;
    expect(await Suppression.update(env.ports, db.id, entry.id, until)).toMatchObject({
      until: new Date(until).toISOString(),
      created_at: entry.created_at,
    });
    expect(await Suppression.update(env.ports, db.id, entry.id, null)).toEqual(entry);
    expect(await remove(env.ports, db.id, entry.address)).toBe(entry.id);
    for (const name of [entry.id, entry.address, "sup_garbage!", "sup_", "nobody@", "opt_a"])
      for (const gone of [
        remove,
        Suppression.get,
        (...[ports, db]: Parameters<typeof remove>) => Suppression.update(ports, db, name, null),
      ])
        await expect(gone(env.ports, db.id, name)).rejects.toMatchObject({ name: "not_found" });
  });

  it("R-FAIL-5 is there once, with what leaves out most; what nobody gave an end clears that which stands", async () => {
    const db = await setUp();
    const add = async (changes: Partial<Asked>) => {
      const { entry, added } = await Suppression.add(env.ports, db.id, asked("a@b.example", changes));
      return [added, entry.scope, entry.origin, entry.until === null];
    };
    const until = now() + day;
    expect(await add({ scope: "mass", origin: "soft_bounces" })).toEqual([true, "mass", "soft_bounces", true]);
    expect(await add({ until })).toEqual([true, "all", "manual", false]);
    expect(await add({ scope: "mass" })).toEqual([false, "all", "manual", false]);
    expect(await add({ until: until - 5_000 })).toEqual([false, "all", "manual", false]);
    expect(await add({ origin: "import" })).toEqual([true, "all", "import", true]);
    expect(await add({})).toEqual([false, "all", "import", true]);
    expect(await add({ origin: "bounce" })).toEqual([false, "all", "import", true]);
  });

  it("R-FAIL-5 whose end is past is not there, though TTL has not deleted it yet", async () => {
    const db = await setUp();
    const past = { expires_at: Math.floor(now() / 1000) - 1, created_at: new Date(now() - day).toISOString() };
    await env.ports.store.write({ put: { ...keys.suppression(db.id, "a@b.example"), scope: "all", ...past } });
    expect(await addresses(db)).toEqual([]);
    expect(await removeAll(env.ports, db.id, ["a@b.example"])).toMatchObject([{ deleted: false }]);
    await expect(Suppression.update(env.ports, db.id, "a@b.example", null)).rejects.toMatchObject({
      name: "not_found",
    });
    expect(await Suppression.add(env.ports, db.id, asked("a@b.example", { origin: "import" }))).toMatchObject({
      added: true,
      entry: { until: null },
    });
  });

  it("R-FAIL-5 is refused where it is none, or its end is past", async () => {
    const db = await setUp();
    for (const [address, changes, field] of [
      ["nobody", {}, "email"],
      ["a@b@c.example", {}, "email"],
      ["a@b.example", { until: now() - 1 }, "until"],
    ] as const)
      await expect(Suppression.add(env.ports, db.id, asked(address, changes))).rejects.toMatchObject({
        name: "invalid_parameter",
        details: { field },
      });
    await expect(Suppression.addAll(env.ports, db.id, ["a@b.example", "nobody"], asked(""))).rejects.toMatchObject({
      details: { field: "emails[1]" },
    });
    expect(await addresses(db)).toEqual([]);
  });
});

describe("many addresses", () => {
  it("R-FAIL-5 are added and removed by batch, and each is told", async () => {
    const db = await setUp();
    await Suppression.add(env.ports, db.id, asked("b@b.example"));
    const given = ["c@b.example", "B@b.example", "a@b.example", "c@B.example"];
    const { address: _, ...rest } = asked("");
    const told = await Suppression.addAll(env.ports, db.id, given, rest);
    expect(told.map(({ address, added }) => [address, added])).toEqual([
      ["c@b.example", true],
      ["b@b.example", false],
      ["a@b.example", true],
      ["c@b.example", true],
    ]);
    expect(await addresses(db)).toEqual(["a@b.example", "b@b.example", "c@b.example"]);
    const [{ id } = { id: "" }] = told;
    const removed = await removeAll(env.ports, db.id, [id, "sup_unknown", "x@b.example", "A@b.example", id]);
    expect(removed.map(({ deleted }) => deleted)).toEqual([true, false, false, true, true]);
    expect(removed[1]?.id).toBe("sup_unknown");
    expect(await addresses(db)).toEqual(["b@b.example"]);
  });

  it("R-FAIL-5 are paged by address in both directions, and found by how they begin, origin and scope", async () => {
    const db = await setUp();
    const all = Array.from({ length: 25 }, (_, n) => `a${String(n).padStart(2, "0")}@b.example`);
    const { address: _, ...rest } = asked("");
    await Suppression.addAll(env.ports, db.id, all, rest);
    await Suppression.add(env.ports, db.id, asked("z@b.example", { scope: "mass", origin: "import" }));
    const page = (query: Omit<Suppression.ListQuery, "limit">, limit = 10) =>
      Suppression.list(env.ports, db.id, { limit, ...query });
    const walked: string[] = [];
    let after: string | undefined;
    do {
      const { data, has_more, cursor } = await page(after === undefined ? {} : { after });
      walked.push(...data.map(({ address }) => address));
      after = has_more ? (cursor ?? undefined) : undefined;
    } while (after !== undefined);
    expect(walked).toEqual([...all, "z@b.example"]);
    expect((await page({ before: "a05@b.example" }, 3)).data.map(({ address }) => address)).toEqual(all.slice(2, 5));
    expect((await page({ q: "A1" })).data.map(({ address }) => address)).toEqual(all.slice(10, 20));
    expect((await page({ q: " " }, 1)).data.map(({ address }) => address)).toEqual(all.slice(0, 1));
    expect((await page({ q: "a1", after: "a14@b.example" })).data).toHaveLength(5);
    expect((await page({ origin: "import" })).data).toMatchObject([{ address: "z@b.example", scope: "mass" }]);
    expect((await page({ scope: "mass" }, 1)).data).toHaveLength(1);
    await expect(page({ after: "nothing" })).rejects.toMatchObject({ name: "invalid_parameter" });
  });
});

describe("a crowd", () => {
  it("R-FAIL-5 of twins one adds an address, with or without a key of theirs", async () => {
    const db = await setUp();
    for (const key of [undefined, { key: "k", hash: "h" }]) {
      const address = `${key?.key ?? "none"}@b.example`;
      const processes = Array.from({ length: 8 }, () => ({ ...env.ports, store: { ...env.ports.store } }));
      const all = await Promise.all(processes.map((ports) => Suppression.add(ports, db.id, asked(address), key)));
      expect(all.filter(({ added }) => added)).toHaveLength(key ? 8 : 1);
      expect(new Set(all.map(({ entry }) => entry.created_at)).size).toBe(1);
    }
    await expect(
      Suppression.add(env.ports, db.id, asked("x@b.example"), { key: "k", hash: "other" }),
    ).rejects.toMatchObject({ name: "invalid_idempotent_request" });
  });

  it("R-FAIL-5 a batch that is killed at any write is finished by making it again", async () => {
    const { address: _, ...rest } = asked("");
    for (const moment of ["before", "after"] as const) {
      for (let calls = 0; calls < 5; calls++) {
        const db = await setUp();
        const given = ["a@b.example", "b@b.example", "c@b.example"];
        const key = { key: `k${calls}`, hash: "h" };
        const process = dying(env.ports, calls, moment);
        await Suppression.addAll(process.ports, db.id, given, rest, key).catch(() => undefined);
        await Suppression.addAll(env.ports, db.id, given, rest, key);
        expect(await addresses(db)).toEqual(given);
      }
    }
  });

  it("R-FAIL-5 the same key gets the first answer again when the end it asked for is past", async () => {
    const db = await setUp();
    const { address, ...rest } = asked("a@b.example", { until: now() + 60_000 });
    const ask = () =>
      Promise.all([
        Suppression.add(env.ports, db.id, { ...rest, address }, { key: "one", hash: "h" }),
        Suppression.addAll(env.ports, db.id, ["b@b.example"], rest, { key: "all", hash: "h" }),
      ]);
    const first = await ask();
    env.advance(61_000);
    expect(await ask()).toEqual(first);
  });

  it("R-FAIL-5 a webhook is told once of each that is added, and of each that is removed", async () => {
    const db = await setUp();
    const { ports } = env;
    await createWebhook(ports, db.id, {
      endpoint: "https://hooks.example.com/",
      events: ["suppression.added", "suppression.removed"],
    });
    const { address: _, ...rest } = asked("");
    for (let n = 0; n < 2; n++) await Suppression.addAll(ports, db.id, ["a@b.example", "b@b.example"], rest);
    await Promise.allSettled(Array.from({ length: 4 }, () => remove(ports, db.id, "a@b.example")));
    await Suppression.add(ports, db.id, asked("a@b.example"));
    expect(await events(db)).toEqual([
      "suppression.added a@b.example",
      "suppression.added a@b.example",
      "suppression.added b@b.example",
      "suppression.removed a@b.example",
    ]);
  });
});

describe("addresses", () => {
  it("R-FAIL-5 one normalised address has one id, and it leads back", () => {
    const atoms = fc.stringMatching(/^[A-Za-z0-9+_.'-]{1,60}$/).filter((text) => !/^\.|\.\.|\.$/.test(text));
    fc.assert(
      fc.property(atoms, fc.constantFrom("Example.COM", "bücher.example", "xn--bcher-kva.EXAMPLE"), (local, domain) => {
        const [one, other] = [`${local}@${domain}`, ` ${local.toUpperCase()}@${domain.toLowerCase()}`].map(normalize);
        expect(one).toBe(other);
        expect(normalize(one ?? "")).toBe(one);
      }),
    );
  });
});
