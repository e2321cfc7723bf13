import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
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
  it.each([{ encryption: "none" }, { encryption: "starttls" }, { host: "smtp.evil.example" }, { port: 2525 }] as const)(
    "G6 an import that moves a server by %j does not keep its password",
    async (moved) => {
      const { id } = await Server.create(ports, await db.version(), { ...tx, port: 587, password: "s3cret!" });
      const { secrets_missing } = await put({ servers: [{ ...tx, port: 587, ...moved }] });
      expect(secrets_missing).toEqual([{ server: "tx", secrets: ["password"] }]);
      expect(await servers()).toMatchObject([{ id, active: false, secrets_set: [] }]);
      expect(await ports.store.get(keys.secret(db.id, id), { consistent: true })).toBeUndefined();
    },
  );

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
