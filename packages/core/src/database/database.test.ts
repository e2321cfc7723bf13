import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Company from "../company/company.ts";
import * as Domain from "../domain/domain.ts";
import { authenticate } from "../key/authenticate.ts";
import * as keys from "../keys.ts";
import { create } from "./create.ts";
import { find, get, list } from "./list.ts";
import { assertName } from "./name.ts";
import { patch } from "./patch.ts";

let machine: TestPorts;
beforeAll(async () => {
  machine = await startTestPorts();
});
afterAll(() => machine.close());

describe("a new database", () => {
  it("R-ADDR-1 a database is made with company, default domain, settings, key and the order to provision", async () => {
    const { ports, jobs } = machine;
    const { database, api_key } = await create(ports, { name: "acme" });
    expect(database).toMatchObject({
      name: "acme",
      plan: "trial",
      daily_limit: 50,
      daily_limit_override: null,
      default_domain: "acme.posthouse.test",
      provisioned: false,
      status: "active",
      used: 0,
    });
    const version = await find(ports, "acme");
    expect(await Company.list(ports, version)).toMatchObject([{ name: "acme", domain_id: null }]);
    expect(await Domain.list(ports, version)).toMatchObject([
      {
        name: "acme.posthouse.test",
        is_default: true,
        status: "verified",
        bounce_address: "bounce@acme.posthouse.test",
        catchall_address: "catchall@acme.posthouse.test",
        notification_address: "notifications@acme.posthouse.test",
      },
    ]);
    expect(await authenticate(ports, api_key)).toMatchObject({ database: version.id, permission: "full_access" });
    expect(jobs.peek("provision").map(({ body }) => body)).toEqual([{ database: version.id }]);
  });

  it("is in the due index until it is provisioned", async () => {
    const { database } = await create(machine.ports, { name: "waiting" });
    const item = await machine.ports.store.get(keys.version(database.id));
    expect(item?.["due_pk"]).toMatch(/^DUE#\d+$/);
    expect(item?.["due_sk"]).toMatch(new RegExp(`^\\d{4}-.*Z#${database.id}$`));
  });

  it("keeps its token key sealed, for itself alone", async () => {
    const { ports } = machine;
    const { database } = await create(ports, { name: "sealed" });
    const sealed = (await ports.store.get(keys.secret(database.id, "database")))?.["sealed"] as string;
    const opened = JSON.parse(await ports.vault.open(sealed, { database: database.id, record: "database" }));
    expect(Buffer.from(opened.token_key, "base64")).toHaveLength(32);
    await expect(ports.vault.open(sealed, { database: "db_other", record: "database" })).rejects.toThrow();
  });

  it("R-ADDR-1 a name is taken once, whoever is first", async () => {
    const tries = await Promise.allSettled(Array.from({ length: 4 }, () => create(machine.ports, { name: "wanted" })));
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const each of tries)
      if (each.status === "rejected") expect(each.reason).toMatchObject({ name: "name_taken", statusCode: 409 });
  });

  it.each([
    "mail",
    "www",
    "ns",
    "ns1",
    "_dmarc",
    "localhost",
    "",
    "-a",
    "a-",
    "Acme",
    "a.b",
    "ä",
    "xn--4ca",
    "a".repeat(64),
  ])("R-ADDR-1 %j is no name of a database", (name) => {
    expect(() => assertName(name)).toThrow(expect.objectContaining({ name: "invalid_parameter" }));
  });

  it.each(["a", "0", "company-name", "a".repeat(63), "mailer"])("R-ADDR-1 %j is a name of a database", (name) => {
    expect(() => assertName(name)).not.toThrow();
  });

  it.each([
    { plan: "gold" },
    { plan: "toString" },
    { daily_limit: -1 },
    { daily_limit: 1.5 },
    { apps: [""] },
    { company: "\r\n" },
  ])("refuses %j", async (input) => {
    await expect(create(machine.ports, { name: "refused", ...input })).rejects.toMatchObject({
      name: "invalid_parameter",
    });
  });
});

describe("the operator's view", () => {
  it("R-LIM-2 the list has used and limit, by name, in pages", async () => {
    const other = await startTestPorts();
    try {
      const { ports } = other;
      for (const name of ["carol", "alice", "bob"]) await create(ports, { name });
      const { id } = await find(ports, "bob");
      await ports.store.write({
        put: { ...keys.usage(id, today(ports.clock.now())), left: 38, limit: 50, limit_rev: 1 },
      });
      const names = async (page: Parameters<typeof list>[1]) => (await list(ports, page)).data.map(({ name }) => name);
      expect(await names({ limit: 2 })).toEqual(["alice", "bob"]);
      expect((await list(ports, { limit: 2 })).has_more).toBe(true);
      const carol = (await find(ports, "carol")).id;
      expect(await names({ limit: 2, after: id })).toEqual(["carol"]);
      expect(await names({ limit: 1, before: carol })).toEqual(["bob"]);
      expect((await list(ports, { limit: 2, before: carol })).has_more).toBe(false);
      for (const after of ["bob", `${id.slice(0, -1)}!`, "db_00000000000000000000000000"])
        await expect(list(ports, { limit: 2, after })).rejects.toMatchObject({ name: "invalid_parameter" });
      expect(await get(ports, "bob")).toMatchObject({ used: 12, limit: 50 });
    } finally {
      await other.close();
    }
  });

  it("R-LIM-1 a changed plan, app or override is in force at once and raises the revision", async () => {
    const { ports } = machine;
    await create(ports, { name: "growing" });
    const before = await find(ports, "growing");
    expect(await patch(ports, "growing", { plan: "standard" })).toMatchObject({ limit: 200 });
    expect(await patch(ports, "growing", { daily_limit: 7 })).toMatchObject({ limit: 7, plan: "standard" });
    expect(await patch(ports, "growing", { daily_limit: null })).toMatchObject({ limit: 200, daily_limit: null });
    expect((await find(ports, "growing")).limit_rev).toBe(before.limit_rev + 3);
  });

  it("R-LIM-1 two changes at once both hold", async () => {
    const ports = { ...machine.ports, operator: { ...machine.ports.operator, apps: { marketing: 500 } } };
    await create(ports, { name: "both" });
    await Promise.all([patch(ports, "both", { plan: "standard" }), patch(ports, "both", { apps: ["marketing"] })]);
    expect(await find(ports, "both")).toMatchObject({ plan: "standard", apps: ["marketing"], limit: 500 });
  });

  it("is paused by the operator, and active again", async () => {
    const { ports } = machine;
    await create(ports, { name: "pausing" });
    expect(await patch(ports, "pausing", { status: "paused" })).toMatchObject({
      status: "paused",
      paused_by: "operator",
    });
    expect(await patch(ports, "pausing", { plan: "standard" })).toMatchObject({
      status: "paused",
      paused_by: "operator",
    });
    expect(await patch(ports, "pausing", { status: "active" })).toMatchObject({ status: "active", paused_by: null });
  });

  it("names no database that is not there", async () => {
    await expect(get(machine.ports, "nobody")).rejects.toMatchObject({ name: "not_found" });
    await expect(patch(machine.ports, "nobody", {})).rejects.toMatchObject({ name: "not_found" });
  });
});

const today = (now: number): string => new Date(now + 3_600_000).toISOString().slice(0, 10);
