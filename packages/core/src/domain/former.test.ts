import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import * as Company from "../company/company.ts";
import { accept } from "../email/accept.ts";
import * as Server from "../server/server.ts";
import * as Domain from "./domain.ts";
import * as Former from "./former.ts";
import { mark } from "./use.ts";

const dayMs = 86_400_000;
let machine: TestPorts;
let db: TestDatabase;
let made = 0;
beforeAll(async () => {
  machine = await startTestPorts();
});
beforeEach(async () => {
  db = await makeDatabase(machine.ports, { name: `former${made++}` });
});
afterAll(() => machine.close());

const add = async (name: string, input: Domain.DomainInput = {}) =>
  Domain.create(machine.ports, await db.version(), { name, ...input });
const patch = async (id: string, input: Domain.DomainInput) =>
  Domain.patch(machine.ports, await db.version(), id, input);
/** A mail goes out by the domain of the first company; over a server of its own, so that no proof is needed. */
async function use() {
  const connection = { host: "127.0.0.1", encryption: "none" as const, authentication: "none" as const };
  await Server.create(machine.ports, await db.version(), { name: "own", ...connection });
  await accept(machine.ports, await db.version(), mail());
}
const addresses = ({ former_addresses }: Pick<Domain.Removed, "former_addresses">) =>
  former_addresses.map(({ address }) => address).toSorted();
const stored = async () => addresses({ former_addresses: await Former.list(machine.ports, db.id) });

describe("R-DOM-7 former addresses", () => {
  it("R-DOM-7 changed aliases still receive for 400 days, and the answer names them", async () => {
    const { id } = await add("company.com");
    await use();
    const changed = await patch(id, { catchall_alias: "answers", default_from: "hello" });
    expect(addresses(changed)).toEqual(["catchall@company.com", "notifications@company.com"]);
    const [{ until } = { until: "" }] = changed.former_addresses;
    expect(Math.round((Date.parse(until) - machine.ports.clock.now()) / dayMs)).toBe(400);
    expect(addresses(await Domain.get(machine.ports, await db.version(), id))).toHaveLength(2);
    expect(addresses(await patch(id, { catchall_alias: "catchall" }))).toEqual([
      "answers@company.com",
      "notifications@company.com",
    ]);
  });

  it("R-DOM-7 keep_old: false drops them", async () => {
    const { id } = await add("company.com");
    await use();
    expect(addresses(await patch(id, { catchall_alias: "answers", keep_old: false }))).toEqual([]);
    expect(addresses(await patch(id, { catchall_alias: "replies" }))).toEqual(["answers@company.com"]);
  });

  it("R-DOM-7 a domain that never sent nor received keeps nothing", async () => {
    const { id } = await add("company.com");
    expect(addresses(await patch(id, { catchall_alias: "answers", bounce_alias: "errors" }))).toEqual([]);
    expect(addresses(await Domain.remove(machine.ports, await db.version(), id))).toEqual([]);
  });

  it("R-DOM-7 a deleted domain's addresses stay, under the domain that stands in for it", async () => {
    const first = await add("company.com");
    await use();
    const second = await add("second.com");
    const all = ["bounce@company.com", "catchall@company.com", "notifications@company.com"];
    expect(addresses(await Domain.remove(machine.ports, await db.version(), first.id))).toEqual(all);
    expect(addresses(await Domain.get(machine.ports, await db.version(), second.id))).toEqual(all);
    await Domain.remove(machine.ports, await db.version(), second.id);
    const [own] = await Domain.list(machine.ports, await db.version());
    expect(own && addresses(own)).toEqual(all);
  });

  it("R-DOM-7 deleted with keep_old: false nothing stays", async () => {
    const { id } = await add("company.com");
    await use();
    const removed = await Domain.remove(machine.ports, await db.version(), id, { keep_old: false });
    expect(addresses(removed)).toEqual([]);
    expect(await stored()).toEqual([]);
  });

  it("R-DOM-7 keep_old: false drops what earlier changes of it have kept too, and nothing of another", async () => {
    const first = await add("company.com");
    await use();
    await patch(first.id, { catchall_alias: "answers" });
    for (let n = 0; n < 9; n++) await patch(first.id, { default_from: `hello-${n}` });
    expect(await stored()).toHaveLength(10);
    expect(addresses(await patch(first.id, { keep_old: false }))).toEqual([]);
    expect(await stored()).toEqual([]);
    await patch(first.id, { catchall_alias: "replies" });
    const second = await add("second.com");
    await Domain.remove(machine.ports, await db.version(), first.id);
    expect(await stored()).toHaveLength(4);
    await mark(machine.ports, db.id, second.id);
    await patch(second.id, { catchall_alias: "answers" });
    await Domain.remove(machine.ports, await db.version(), second.id, { keep_old: false });
    expect((await stored()).filter((address) => address.endsWith("@second.com"))).toEqual([]);
    expect(await stored()).toHaveLength(4);
  });

  it("R-DOM-7 a domain's addresses stay when the last company moves off it, and are its own when one comes back", async () => {
    const first = await add("company.com");
    await use();
    const second = await add("second.com");
    const version = await db.version();
    const [company] = await Company.list(machine.ports, version);
    const other = await Company.create(machine.ports, version, { name: "other", domain_id: first.id });
    const moved = await Company.patch(machine.ports, await db.version(), company?.id ?? "", { domain_id: second.id });
    expect(moved.former_addresses).toEqual([]);
    const last = await patch(second.id, { companies: [other.id] });
    expect(addresses(last)).toContain("catchall@company.com");
    await patch(first.id, { companies: [other.id] });
    expect(await stored()).toEqual([]);
    const left = await Company.patch(machine.ports, await db.version(), other.id, { domain_id: null });
    expect(addresses(left)).toContain("catchall@company.com");
  });

  it("R-DOM-7 a domain's addresses stay when its last company is deleted, unless keep_old is false", async () => {
    const { id: domain_id } = await add("company.com");
    await use();
    const [company] = await Company.list(machine.ports, await db.version());
    const remove = async (id = "", input = {}) => Company.remove(machine.ports, await db.version(), id, input);
    const other = await Company.create(machine.ports, await db.version(), { name: "other", domain_id });
    await Company.create(machine.ports, await db.version(), { name: "none", domain_id: null });
    expect(addresses(await remove(company?.id))).toEqual([]);
    const all = ["bounce@company.com", "catchall@company.com", "notifications@company.com"];
    expect(addresses(await remove(other.id))).toEqual(all);
    expect(await stored()).toEqual(all);
    const last = await Company.create(machine.ports, await db.version(), { name: "last", domain_id: null });
    await Company.patch(machine.ports, await db.version(), last.id, { domain_id });
    expect(await stored()).toEqual([]);
    expect(addresses(await remove(last.id, { keep_old: false }))).toEqual([]);
    expect(await stored()).toEqual([]);
  });

  it("R-DOM-7 a new company on the domain makes its addresses its own again", async () => {
    const { id: domain_id } = await add("company.com");
    await use();
    const [company] = await Company.list(machine.ports, await db.version());
    await Company.patch(machine.ports, await db.version(), company?.id ?? "", { domain_id: null });
    expect(await stored()).toHaveLength(3);
    await Company.create(machine.ports, await db.version(), { name: "new", domain_id });
    expect(await stored()).toEqual([]);
  });

  it("R-DOM-7 a change that is not written drops nothing", async () => {
    const { id } = await add("company.com");
    await use();
    for (let n = 0; n < 8; n++) await patch(id, { default_from: `hello-${n}` });
    const refuse = async () => Promise.reject(new Error("the table is away"));
    const store = { ...machine.ports.store, transact: refuse };
    const failing = Domain.patch({ ...machine.ports, store }, await db.version(), id, { keep_old: false });
    await expect(failing).rejects.toThrow("the table is away");
    expect(await stored()).toHaveLength(8);
    await patch(id, { keep_old: false });
    expect(await stored()).toEqual([]);
  });

  it("R-DOM-7 what another change has kept anew meanwhile is not dropped", async () => {
    const { id } = await add("company.com");
    await use();
    await patch(id, { catchall_alias: "answers" });
    const before = await Former.list(machine.ports, db.id);
    machine.advance(dayMs);
    await patch(id, { catchall_alias: "catchall" });
    await patch(id, { catchall_alias: "answers" });
    await Former.drop(machine.ports, db.id, before);
    expect(await stored()).toEqual(["catchall@company.com"]);
    await Former.drop(machine.ports, db.id, await Former.list(machine.ports, db.id));
    expect(await stored()).toEqual([]);
  });

  it("R-DOM-7 a full address as default-from is kept where it is on a domain of ours, and is another's affair else", async () => {
    const own = `hello@former${made - 1}.${machine.ports.operator.root_domain}`;
    const { id } = await add("company.com", { default_from: "hello@brand.com" });
    await use();
    expect(addresses(await patch(id, { default_from: own }))).toEqual([]);
    expect(addresses(await patch(id, { default_from: "notifications" }))).toEqual([own]);
    expect(addresses(await patch(id, { default_from: own }))).toEqual(["notifications@company.com"]);
    const all = ["bounce@company.com", "catchall@company.com", own, "notifications@company.com"];
    expect(addresses(await Domain.remove(machine.ports, await db.version(), id))).toEqual(all.toSpliced(3));
    expect(await stored()).toEqual(all);
  });

  it("R-DOM-7 a used domain's addresses stay though it is made anew and deleted again unused, for the time that was left", async () => {
    const all = ["bounce@company.com", "catchall@company.com", "notifications@company.com"];
    const { id } = await add("company.com");
    await use();
    const removed = await Domain.remove(machine.ports, await db.version(), id);
    const until = removed.former_addresses.map((former) => former.until);
    machine.advance(100 * dayMs);
    const again = await add("company.com", { catchall_alias: "answers" });
    expect([addresses(again), await stored()]).toEqual([[], ["catchall@company.com"]]);
    const left = await Domain.remove(machine.ports, await db.version(), again.id);
    expect(addresses(left)).toEqual(["bounce@company.com", "notifications@company.com"]);
    expect(await stored()).toEqual(all);
    expect((await Former.list(machine.ports, db.id)).map((former) => former.until)).toEqual(until);
    const third = await add("company.com");
    await Domain.remove(machine.ports, await db.version(), third.id, { keep_old: false });
    expect(await stored()).toEqual([]);
  });

  it("R-DOM-7 what a domain made anew has back for a company's sake is kept as before once the company leaves", async () => {
    const first = await add("company.com");
    await use();
    await add("second.com");
    await Domain.remove(machine.ports, await db.version(), first.id);
    const again = await add("company.com");
    expect(await stored()).toHaveLength(3);
    const company = await Company.create(machine.ports, await db.version(), { name: "new", domain_id: again.id });
    expect(await stored()).toEqual([]);
    const left = await Company.patch(machine.ports, await db.version(), company.id, { domain_id: null });
    expect(addresses(left)).toHaveLength(3);
    expect(await stored()).toHaveLength(3);
  });

  it("R-DOM-7 they are forgotten after 400 days", async () => {
    const { id } = await add("company.com");
    await use();
    await patch(id, { catchall_alias: "answers" });
    expect(await stored()).toEqual(["catchall@company.com"]);
    machine.advance(401 * dayMs);
    expect(await stored()).toEqual([]);
  });
});
