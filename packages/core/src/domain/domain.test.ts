import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as Company from "../company/company.ts";
import { create as createDatabase } from "../database/create.ts";
import { read, type Version } from "../database/version.ts";
import type { Ports } from "../ports/main.ts";
import * as Domain from "./domain.ts";

let machine: TestPorts;
let ports: Ports;
let version: Version;
let made = 0;
beforeAll(async () => {
  machine = await startTestPorts();
  ports = machine.ports;
});
beforeEach(async () => {
  const { database } = await createDatabase(ports, { name: `domains${made++}` });
  version = await read(ports.store, database.id);
});
afterAll(() => machine.close());

/** The version a later request would read. */
const now = () => read(ports.store, version.id);
const companiesBy = async () =>
  (await Company.list(ports, await now())).map(({ name, domain_id }) => [name, domain_id]);
const add = async (name: string, input: Domain.DomainInput = {}) =>
  Domain.create(ports, await now(), { name, ...input });

describe("alias domains", () => {
  it("R-DOM-1 a new domain has the defaults, is unverified and has its addresses", async () => {
    expect(await add("company.com")).toMatchObject({
      name: "company.com",
      is_default: false,
      status: "not_started",
      records: [{ record: "Ownership", type: "TXT", name: "_posthouse.company.com" }, { record: "DMARC" }],
      priority: 10,
      bounce_alias: "bounce",
      catchall_alias: "catchall",
      default_from: "notifications",
      bounce_address: "bounce@company.com",
      catchall_address: "catchall@company.com",
      notification_address: "notifications@company.com",
    });
  });

  it("R-DOM-1 order is priority, then creation; the default domain always last", async () => {
    for (const [name, priority] of [
      ["c.example", 10],
      ["a.example", 10],
      ["b.example", 1],
    ] as const)
      await add(name, { priority });
    const [last] = (await Domain.list(ports, await now())).slice(-1);
    await Domain.patch(ports, await now(), last?.id ?? "", { priority: 0 });
    const names = (await Domain.list(ports, await now())).map(({ name }) => name);
    expect(names).toEqual(["b.example", "c.example", "a.example", `${version.name}.posthouse.test`]);
  });

  it("R-DOM-4 two same domains at once: one is a conflict", async () => {
    const tries = await Promise.allSettled([add("twin.example"), add("twin.example"), add("twin.example")]);
    const refused = tries.filter((each) => each.status === "rejected");
    expect(refused).toHaveLength(2);
    for (const { reason } of refused) expect(reason).toMatchObject({ name: "conflict" });
  });

  it("R-DOM-5 the first goes to all companies, a later one to nobody, a new company gets the first in order", async () => {
    await Company.create(ports, version, { name: "second" });
    const first = await add("first.example");
    expect(first.companies).toHaveLength(2);
    const later = await add("later.example", { priority: 1 });
    expect(later.companies).toEqual([]);
    await Company.create(ports, await now(), { name: "third" });
    expect(await companiesBy()).toEqual([
      [version.name, first.id],
      ["second", first.id],
      ["third", later.id],
    ]);
  });

  it("R-DOM-5 a company made while the first domain comes is not left behind", async () => {
    const [domain] = await Promise.all([add("race.example"), Company.create(ports, version, { name: "racing" })]);
    expect((await companiesBy()).map(([, id]) => id)).toEqual([domain.id, domain.id]);
  });

  it("R-DOM-5 companies are moved by the domain; those not named stay", async () => {
    const { id } = await Company.create(ports, version, { name: "moving" });
    const first = await add("first.example");
    const other = await add("other.example");
    const moved = await Domain.patch(ports, await now(), other.id, { companies: [id, id] });
    expect(moved.companies).toEqual([id]);
    expect(await companiesBy()).toEqual([
      [version.name, first.id],
      ["moving", other.id],
    ]);
    await expect(Domain.patch(ports, await now(), other.id, { companies: ["co_x"] })).rejects.toMatchObject({
      name: "invalid_parameter",
    });
  });

  it("R-DOM-6 the companies of a deleted domain go to the next in order, in the end the default domain", async () => {
    const a = await add("a.example", { priority: 1 });
    const b = await add("b.example", { priority: 2 });
    const c = await add("c.example", { priority: 3 });
    const [company] = await Company.list(ports, await now());
    await Domain.patch(ports, await now(), b.id, { companies: [company?.id ?? ""] });
    await Domain.remove(ports, await now(), b.id);
    expect(await companiesBy()).toEqual([[version.name, c.id]]);
    await Domain.remove(ports, await now(), c.id);
    expect(await companiesBy()).toEqual([[version.name, null]]);
    expect((await Domain.list(ports, await now())).map(({ id }) => id)).toContain(a.id);
    await expect(Domain.remove(ports, await now(), b.id)).rejects.toMatchObject({ name: "not_found" });
  });

  it("R-ADDR-5 the default domain cannot be deleted, its aliases can be changed", async () => {
    const [own] = await Domain.list(ports, version);
    await expect(Domain.remove(ports, version, own?.id ?? "")).rejects.toMatchObject({ name: "conflict" });
    const changed = await Domain.patch(ports, version, own?.id ?? "", { default_from: "Hello" });
    expect(changed.notification_address).toBe(`hello@${version.name}.posthouse.test`);
  });

  it("R-DOM-4 holds for a change too", async () => {
    const { id } = await add("company.com");
    await expect(Domain.patch(ports, await now(), id, { bounce_alias: "catchall" })).rejects.toMatchObject({
      name: "invalid_parameter",
    });
    expect((await Domain.get(ports, await now(), id)).bounce_alias).toBe("bounce");
  });

  it("R-DOM-1 a database has at most ten domains of one name", async () => {
    const twin = (n: number) => add("company.com", { bounce_alias: `errors${n}`, catchall_alias: `answers${n}` });
    for (let n = 0; n < 10; n++) await twin(n);
    await expect(twin(10)).rejects.toMatchObject({ name: "conflict", message: expect.stringContaining("10 domains") });
    await add("company.net");
  });

  it("keeps the fields of the Resend API", async () => {
    const { id } = await add("company.com", { resend: { region: "eu-west-1", tls: "enforced" } });
    await Domain.patch(ports, await now(), id, { resend: { tls: "opportunistic" } });
    expect((await Domain.get(ports, await now(), id)).resend).toEqual({ region: "eu-west-1", tls: "opportunistic" });
  });

  it("G5 a domain of another database is not found", async () => {
    const { id } = await add("company.com");
    const { database } = await createDatabase(ports, { name: `domains${made++}` });
    const other = await read(ports.store, database.id);
    await expect(Domain.get(ports, other, id)).rejects.toMatchObject({ name: "not_found" });
    await expect(Domain.patch(ports, other, id, { priority: 1 })).rejects.toMatchObject({ name: "not_found" });
    await expect(Domain.remove(ports, other, id)).rejects.toMatchObject({ name: "not_found" });
  });
});
