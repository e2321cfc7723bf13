import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { maximum as mostCompanies } from "../company/company.ts";
import { patch as patchDatabase } from "../database/patch.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Store } from "../ports/store.ts";
import * as Server from "../server/server.ts";
import { get as getSettings } from "../settings/view.ts";
import type { Document, ServerEntry } from "./document.ts";
import { run } from "./import.ts";

let machine: TestPorts;
let ports: Ports;
let db: TestDatabase;
let made = 0;
let name: string;
beforeAll(async () => {
  machine = await startTestPorts();
  ports = machine.ports;
});
beforeEach(async () => {
  name = `import${made++}`;
  db = await makeDatabase(ports, { name });
});
afterAll(() => machine.close());

const put = async (document: Document) => run(ports, await db.version(), document, false);
const dry = async (document: Document) => run(ports, await db.version(), document, true);
const servers = async () => Server.list(ports, await db.version());
const tx = { name: "tx", host: "smtp.company.com", username: "u", from_filter: "company.com" } as const;
const personal = (name: string, changes: Partial<ServerEntry> = {}): ServerEntry => ({
  name,
  host: "smtp.company.com",
  authentication: "none",
  owner: "mary@company.com",
  ...changes,
});
const active = async () => (await servers()).filter((server) => server.active).map((server) => server.name);

describe("secrets", () => {
  it.each([
    { encryption: "none" },
    { encryption: "starttls" },
    { host: "smtp.evil.example" },
    { port: 2525 },
    { username: "root" },
    { username: "joe@company.com", owner: "joe@company.com", from_filter: "joe@company.com" },
  ] as const)("G6 an import that moves a server by %j does not keep its password", async (moved) => {
    const { id } = await Server.create(ports, await db.version(), { ...tx, port: 587, password: "s3cret!" });
    const { secrets_missing } = await put({ servers: [{ ...tx, port: 587, ...moved }] });
    expect(secrets_missing).toEqual([{ server: "tx", secrets: ["password"] }]);
    expect(await servers()).toMatchObject([{ id, active: false, secrets_set: [] }]);
    expect(await ports.store.get(keys.secret(db.id, id), { consistent: true })).toBeUndefined();
  });

  it("G6 an import that changes nothing of the connection keeps the password", async () => {
    await Server.create(ports, await db.version(), { ...tx, password: "s3cret!" });
    await put({ servers: [{ ...tx, encryption: "tls_strict", port: 587, priority: 3 }] });
    expect(await servers()).toMatchObject([{ active: true, priority: 3, secrets_set: ["password"] }]);
  });

  it("a server without secrets is not active once mail goes out, whatever is imported at that moment", async () => {
    await patchDatabase(ports, name, { delivery: "capture" });
    const { store } = ports;
    let first = true;
    const transact: Store["transact"] = async (...write) => {
      if (first) {
        first = false;
        await patchDatabase(ports, name, { delivery: "live" });
      }
      return store.transact(...write);
    };
    const racing: Store = new Proxy(store, {
      get: (target, field) => {
        if (field === "transact") return transact;
        const value: unknown = Reflect.get(target, field);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    await run({ ...ports, store: racing }, await db.version(), { servers: [tx] }, false);
    expect(await db.version()).toMatchObject({ delivery: "live" });
    expect(await servers()).toMatchObject([{ active: false, secrets_set: [] }]);
  });
});

describe("a dry run refuses what the run would", () => {
  it("R-DOM-4 two domains of one name with the same aliases", async () => {
    const domains = [{ name: "company.com" }, { name: "company.com", catchall_alias: "replies" }];
    await expect(dry({ domains })).rejects.toMatchObject({ name: "conflict", details: { entry: "domains[1]" } });
    const apart = { name: "company.com", bounce_alias: "errors", catchall_alias: "replies" };
    expect((await dry({ domains: [{ name: "company.com" }, apart] })).create).toHaveLength(2);
  });

  it("R-PERS-1 two active servers of one owner", async () => {
    await expect(dry({ servers: [personal("a"), personal("b")] })).rejects.toMatchObject({
      name: "conflict",
      details: { entry: "servers[1]" },
    });
    expect((await dry({ servers: [personal("a"), personal("b", { active: false })] })).create).toHaveLength(2);
  });

  it("R-SEL-9 an address on another's default domain", async () => {
    const settings = { admin_address: `admin@other.${ports.operator.root_domain}` };
    await expect(dry({ settings })).rejects.toMatchObject({ name: "invalid_parameter" });
  });

  it("R-KIND-1 a dedicated server that is personal or inactive", async () => {
    const settings = { dedicated_server: "a" };
    for (const server of [personal("a"), { ...tx, name: "a", active: false }])
      await expect(dry({ servers: [server], settings })).rejects.toMatchObject({ name: "invalid_parameter" });
    await put({ servers: [{ ...tx, name: "a" }], settings });
    expect((await getSettings(ports, await db.version())).dedicated_server).toBeNull();
  });
});

describe("a dry run refuses what the run would on its way", () => {
  const numbered = (n: number, name: (n: number) => string) => Array.from({ length: n }, (_, n) => ({ name: name(n) }));

  it("R-DOM-2 a public suffix, and R-DOM-9 a MAIL FROM domain that is none", async () => {
    const custom_return_path = "no label";
    for (const domain of [{ name: "co.uk" }, { name: "company.com", resend: { custom_return_path } }])
      await expect(dry({ domains: [{ name: "other.example" }, domain] })).rejects.toMatchObject({
        name: "invalid_parameter",
        details: { entry: "domains[1]" },
      });
  });

  it("more than a database may have, with those that are to go", async () => {
    const same = numbered(11, () => "company.com").map((entry, n) => ({
      ...entry,
      bounce_alias: `b${n}`,
      catchall_alias: `c${n}`,
    }));
    await expect(dry({ domains: same })).rejects.toMatchObject({ name: "conflict", details: { entry: "domains[10]" } });
    const companies = numbered(mostCompanies, (n) => `company ${n}`);
    await expect(dry({ companies })).rejects.toMatchObject({ name: "conflict", details: { field: "companies" } });
    expect((await dry({ companies: [{ name }, ...companies.slice(1)] })).create).toHaveLength(mostCompanies - 1);
    await expect(dry({ companies: [] })).rejects.toMatchObject({ name: "conflict" });
    const hosts = numbered(1_001, (n) => `server ${n}`).map((entry) => ({ ...entry, host: "smtp.company.com" }));
    await expect(dry({ servers: hosts })).rejects.toMatchObject({ name: "conflict", details: { field: "servers" } });
  });

  it("R-DOM-4 addresses that two domains of one name exchange, since one would have them before the other leaves them", async () => {
    const of = (alias: string) => ({ name: "company.com", bounce_alias: `b-${alias}`, catchall_alias: alias });
    await put({ domains: [of("one"), of("two")] });
    await expect(dry({ domains: [of("two"), of("one")] })).rejects.toMatchObject({ name: "conflict" });
    const next = { domains: [of("three"), of("one")] };
    const said = await dry(next);
    expect([await put(next), await dry(next)]).toEqual([said, { ...said, update: [], unchanged: 2 }]);
    const more = { domains: [of("four"), of("one"), of("three")] };
    expect(await put(more)).toMatchObject({ create: [{ name: "company.com#3" }], update: [{ name: "company.com" }] });
  });

  it("R-PERS-1 a personal server whose owner is the notification address of a domain in the document", async () => {
    const domains = [{ name: "company.com", default_from: "mary" }];
    await expect(dry({ domains, servers: [personal("a")] })).rejects.toMatchObject({
      name: "invalid_parameter",
      details: { entry: "servers[0]", field: "owner" },
    });
  });
});

describe("the second time nothing is left to do", () => {
  const again = async (document: Document) => {
    const first = await put(document);
    expect(await dry(document)).toMatchObject({ create: [], update: [], delete: [] });
    return first;
  };

  it("where the dedicated server lacks its secrets, whether the document says that it is active or not", async () => {
    for (const active of [undefined, true]) {
      const document: Document = { servers: [{ ...tx, active }], settings: { dedicated_server: "tx" } };
      expect(await again(document)).toMatchObject({ secrets_missing: [{ server: "tx" }] });
      expect((await getSettings(ports, await db.version())).dedicated_server).toBeNull();
    }
    const id = (await servers())[0]?.id ?? "";
    await Server.patch(ports, await db.version(), id, { password: "s3cret!", active: true });
    await again({ servers: [tx], settings: { dedicated_server: "tx" } });
    expect((await getSettings(ports, await db.version())).dedicated_server).toBe(id);
  });

  it("R-SRV-6 where the dedicated server rests or goes, and the document speaks of no settings: that is said as well", async () => {
    const own = { name: "own", host: "smtp.company.com", authentication: "none" } as const;
    for (const next of [[{ ...own, active: false }], []]) {
      await put({ servers: [{ ...own, active: true }], settings: { dedicated_server: "own" } });
      const { update } = await again({ servers: next });
      expect(update).toContainEqual({ noun: "settings", name: "settings", fields: ["dedicated_server"] });
    }
  });

  it("R-SRV-4 where a platform record waits for its domains, which are named", async () => {
    const ses: ServerEntry = { name: "ses", kind: "platform", from_filter: "company.com, a@b.example" };
    const settings = { dedicated_server: "ses" };
    for (const active of [undefined, true]) {
      const { domains_unverified } = await again({ servers: [{ ...ses, active }], settings });
      expect(domains_unverified).toEqual([{ server: "ses", domains: ["company.com", "b.example"] }]);
    }
    expect((await put({ servers: [{ ...ses, active: false }] })).domains_unverified).toEqual([]);
  });

  it("where names have blanks around them, or end as references do", async () => {
    const companies = [{ name: " One " }, { name: "One#2", domain: "company.com#2" }, { name: "One" }];
    const domains = [{ name: "company.com" }, { name: "company.com", bounce_alias: "b", catchall_alias: "c" }];
    const named = [
      { ...tx, name: "tx#2" },
      { ...tx, name: " tx" },
      { ...tx, name: "tx" },
    ];
    const { create } = await again({ companies, domains, servers: named });
    const of = (noun: string) => create.filter((step) => step.noun === noun).map((step) => step.name);
    expect([of("company"), of("server")]).toEqual([
      ["One", "One#2#1", "One#2"],
      ["tx#2#1", "tx", "tx#2"],
    ]);
  });

  it("where fields of the Resend API are given in part", async () => {
    const of = (capabilities: object) => ({ domains: [{ name: "company.com", resend: { capabilities } }] });
    await again(of({ sending: "disabled" }));
    await again(of({ receiving: "enabled" }));
  });
});

describe("R-PERS-1 personal servers by import", () => {
  it("R-PERS-1 are renamed", async () => {
    await put({ servers: [personal("a")] });
    await put({ servers: [personal("b")] });
    expect(await servers()).toMatchObject([{ name: "b", active: true, owner: "mary@company.com" }]);
  });

  it("R-PERS-1 change owners with each other", async () => {
    const joe = { owner: "joe@company.com" };
    await put({ servers: [personal("a"), personal("b", joe)] });
    await put({ servers: [personal("a", joe), personal("b")] });
    expect(await active()).toHaveLength(2);
    expect((await servers()).find((server) => server.name === "b")).toMatchObject({ owner: "mary@company.com" });
  });
});

it("R-SRV-6 a server that comes back by import is replaced no longer", async () => {
  const server = { name: "own", host: "smtp.company.com", authentication: "none" } as const;
  const { id } = await Server.create(ports, await db.version(), server);
  const said = async () => ports.store.get(keys.replacement(db.id, id), { consistent: true });
  await put({ servers: [{ ...server, active: false }] });
  expect(await said()).toMatchObject({ replacement: null });
  await put({ servers: [{ ...server, active: true }] });
  expect(await said()).toBeUndefined();
});

it("R-SRV-4 a platform record of a domain not verified here is stored inactive, and stays as it is imported again", async () => {
  const document: Document = { servers: [{ name: "ses", kind: "platform", from_filter: "company.com" }] };
  await put(document);
  expect(await servers()).toMatchObject([{ active: false, from_filter: "company.com" }]);
  expect(await dry(document)).toMatchObject({ create: [], update: [], unchanged: 1 });
  const own = { name: "ses", kind: "platform", from_filter: `other.${ports.operator.root_domain}` } as const;
  await expect(dry({ servers: [own] })).rejects.toMatchObject({ name: "invalid_from_filter" });
});

describe("tracking", () => {
  const on = { tracking: { opens: true, clicks: false } } as const;
  const orders = async () =>
    (await machine.jobs.take("provision")).filter(({ body }) => JSON.stringify(body).includes('"tracking":true'));

  it("that is imported is ordered at SES", async () => {
    await orders();
    await put({ settings: on });
    expect(await orders()).toMatchObject([{ body: { database: db.id, tracking: true } }]);
    await put({ settings: { on_limit: "hold" } });
    expect(await orders()).toEqual([]);
  });

  it("that was written and not ordered is ordered by the same import made again", async () => {
    await orders();
    const queue = { ...ports.queue, send: () => Promise.reject(new Error("the queue is gone")) };
    await expect(run({ ...ports, queue }, await db.version(), { settings: on }, false)).rejects.toThrow("gone");
    expect(await orders()).toEqual([]);
    expect((await put({ settings: on })).update).toEqual([]);
    expect(await orders()).toMatchObject([{ body: { database: db.id, tracking: true } }]);
    await dry({ settings: on });
    expect(await orders()).toEqual([]);
  });
});
