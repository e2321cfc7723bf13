import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { dying } from "../../../../test/support/dying.ts";
import * as AuditTrail from "../audit/list.ts";
import * as Company from "../company/company.ts";
import { copy } from "../database/copy.ts";
import { create as createDatabase } from "../database/create.ts";
import { list as listDatabases } from "../database/list.ts";
import { remove } from "../database/remove.ts";
import { read } from "../database/version.ts";
import * as Domain from "../domain/domain.ts";
import * as Erasure from "../erasure/erasure.ts";
import * as Key from "../key/key.ts";
import * as OperatorKey from "../key/operator.ts";
import * as keys from "../keys.ts";
import * as OptOut from "../opt-out/opt-out.ts";
import type { Ports } from "../ports/main.ts";
import * as Server from "../server/server.ts";
import * as SuppressionList from "../suppression/import.ts";
import * as Suppression from "../suppression/suppression.ts";
import { create as createWebhook } from "../webhook/create.ts";
import * as Webhook from "../webhook/webhook.ts";
import type { Idempotency } from "./claim.ts";

let env: TestPorts;
let named = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

/** A database to make things in, or to copy. */
type Named = TestDatabase & { readonly name: string; readonly webhook: string };

/** A way to make something, and how much there is of it. */
interface Creation {
  make(ports: Ports, db: Named, name: string, key?: Idempotency): Promise<object>;
  count(db: TestDatabase): Promise<number>;
}

const databases = async () => (await listDatabases(env.ports, { limit: 1000 })).data.length;
const smtp = { host: "smtp.example.com", port: 587, authentication: "login", username: "u", password: "p" } as const;
const hook = (name: string) => ({ endpoint: `https://example.com/${name}`, events: ["email.sent"] as const });
const at = (name: string) => `${name}@example.net`;
const asked = { scope: "all", origin: "manual" } as const;
const suppressions = async ({ id }: TestDatabase) =>
  (await Suppression.list(env.ports, id, { limit: 1000 })).data.length;
const optOuts = async ({ id }: TestDatabase) => (await OptOut.list(env.ports, id, { limit: 1000 })).data.length;

const creations: Record<string, Creation> = {
  company: {
    make: async (ports, db, name, key) => Company.create(ports, await db.version(), { name }, key),
    count: async (db) => (await Company.list(env.ports, await db.version())).length,
  },
  domain: {
    make: async (ports, db, name, key) => Domain.create(ports, await db.version(), { name: `${name}.com` }, key),
    count: async (db) => (await Domain.list(env.ports, await db.version())).length,
  },
  server: {
    make: async (ports, db, name, key) => Server.create(ports, await db.version(), { name, ...smtp }, key),
    count: async (db) => (await Server.list(env.ports, await db.version())).length,
  },
  "api key": {
    make: async (ports, db, name, key) => Key.create(ports, await db.version(), { name }, key),
    count: async (db) => (await Key.list(env.ports, db.id)).length,
  },
  "operator key": {
    make: (ports, _db, name, key) => OperatorKey.create(ports, { name }, key),
    count: async () => (await OperatorKey.list(env.ports)).length,
  },
  database: { make: (ports, _db, name, key) => createDatabase(ports, { name }, key), count: databases },
  webhook: {
    make: (ports, db, name, key) => createWebhook(ports, db.id, hook(name), key),
    count: async (db) => (await Webhook.list(env.ports, db.id)).length,
  },
  "webhook of the operator's": {
    make: (ports, _db, name, key) => createWebhook(ports, "operator", hook(name), key),
    count: async () => (await Webhook.list(env.ports, "operator")).length,
  },
  "secret of a webhook": {
    make: (ports, db, _name, key) => Webhook.rotate(ports, db.id, db.webhook, key),
    count: async (db) =>
      (await AuditTrail.list(env.ports, db.id, { limit: 1000 })).data
        .flatMap(({ changes }) => changes)
        .filter(({ noun }) => noun === "secret").length,
  },
  suppression: {
    make: (ports, db, name, key) => Suppression.add(ports, db.id, { ...asked, address: at(name) }, key),
    count: (db) => suppressions(db),
  },
  "batch of suppressions": {
    make: (ports, db, name, key) => Suppression.addAll(ports, db.id, [at(name)], asked, key),
    count: (db) => suppressions(db),
  },
  "list of suppressions": {
    make: (ports, db, name, key) => SuppressionList.run(ports, db.id, Buffer.from(at(name)), { dry_run: false }, key),
    count: (db) => suppressions(db),
  },
  "opt-out": {
    make: (ports, db, name, key) => OptOut.add(ports, db.id, at(name), key),
    count: (db) => optOuts(db),
  },
  "list of opt-outs": {
    make: (ports, db, name, key) =>
      SuppressionList.run(ports, db.id, Buffer.from(at(name)), { dry_run: false, opt_outs: true }, key),
    count: (db) => optOuts(db),
  },
  erasure: {
    make: async (ports, db, name, key) => Erasure.erase(ports, await db.version(), { address: at(name) }, key),
    count: async (db) => (await Erasure.list(env.ports, db.id, { limit: 1000 })).data.length,
  },
  copy: { make: (ports, db, name, key) => copy(ports, db.name, { name }, key), count: databases },
};

/** A database with something to be copied, and a key and name of this test alone. */
async function setUp() {
  const name = `once${named++}`;
  const made = await makeDatabase(env.ports, { name }, { provisioned: false });
  await Server.create(env.ports, await made.version(), { name: "own", ...smtp });
  const { id: webhook } = await createWebhook(env.ports, made.id, hook("own"));
  const db = { ...made, name, webhook };
  return { db, name: `${name}-made`, key: { key: name, hash: "h" } };
}

describe.each(Object.entries(creations))("%s, once for an idempotency key", (_name, { make, count }) => {
  it("the same request gets the first answer, another one is refused, and after a day it is made anew", async () => {
    const { db, name, key } = await setUp();
    const first = await make(env.ports, db, name, key);
    const before = await count(db);
    expect(JSON.stringify(await make(env.ports, db, name, key))).toBe(JSON.stringify(first));
    await expect(make(env.ports, db, `${name}2`, { ...key, hash: "other" })).rejects.toMatchObject({
      name: "invalid_idempotent_request",
    });
    expect(await count(db)).toBe(before);
    env.advance(25 * 3_600_000);
    await make(env.ports, db, `${name}3`, key);
    expect(await count(db)).toBe(before + 1);
  });

  it("twins, in one process and in several, get one answer", async () => {
    const { db, name, key } = await setUp();
    const before = await count(db);
    const processes = Array.from({ length: 4 }, () => ({ ...env.ports, store: { ...env.ports.store } }));
    const twins = [...processes, ...processes, ...processes, ...processes, ...processes];
    const settled = await Promise.allSettled(twins.map((ports) => make(ports, db, name, key)));
    const answers = settled.flatMap((each) => (each.status === "fulfilled" ? [JSON.stringify(each.value)] : []));
    const refused = settled.flatMap((each) => (each.status === "rejected" ? [(each.reason as Error).name] : []));
    expect(new Set(answers).size).toBe(1);
    // Only what goes on after its commit can still be under way
    expect(refused.filter((name) => name !== "concurrent_idempotent_requests")).toEqual([]);
    expect(await count(db)).toBe(before + 1);
  });

  it("killed after any of its writes, the key is not stuck, and one is made", async () => {
    let finished = false;
    for (let calls = 0; !finished; calls++) {
      const { db, name, key } = await setUp();
      const before = await count(db);
      const process = dying(env.ports, calls, "after");
      await make(process.ports, db, name, key).catch(() => undefined);
      finished = process.writes() <= calls;
      const kept = await count(db);
      env.advance(61_000);
      const first = await make(env.ports, db, name, key);
      expect(await count(db)).toBe(before + 1);
      expect([before, before + 1]).toContain(kept);
      expect(JSON.stringify(await make(env.ports, db, name, key))).toBe(JSON.stringify(first));
    }
  });
});

describe("a copy", () => {
  it("that was cut short is finished by its key: nothing is missing in it", async () => {
    const servers: number[] = [];
    let finished = false;
    for (let calls = 0; !finished; calls++) {
      const { db, name, key } = await setUp();
      const process = dying(env.ports, calls, "after");
      await copy(process.ports, db.name, { name }, key).catch(() => undefined);
      finished = process.writes() <= calls;
      env.advance(61_000);
      const { database } = await copy(env.ports, db.name, { name }, key);
      servers.push((await Server.list(env.ports, await read(env.ports.store, database.id))).length);
    }
    expect(new Set(servers)).toEqual(new Set([1]));
  });

  it("is not given again while its first request is under way, nor made again once it was deleted", async () => {
    const { db, name, key } = await setUp();
    // Dead after its commit
    let calls = 0;
    while (!(await exists(name))) {
      const process = dying(env.ports, calls++, "after");
      await copy(process.ports, db.name, { name }, key).catch(() => undefined);
    }
    const again = () => copy(env.ports, db.name, { name }, key);
    await expect(again()).rejects.toMatchObject({ name: "concurrent_idempotent_requests" });
    await remove(env.ports, name);
    env.advance(61_000);
    const { api_key } = await again();
    expect(api_key).toMatch(/^ph_/);
    expect(await exists(name)).toBe(false);
  });
});

describe("a claim", () => {
  it("G6 of an answer or a request with a secret is sealed, and opens for no other key", async () => {
    const { db, name, key } = await setUp();
    const { token } = await Key.create(env.ports, await db.version(), { name }, key);
    const at = keys.idempotency(db.id, key.key);
    const item = await env.ports.store.get(at, { consistent: true });
    expect(Object.keys(item ?? {}).toSorted()).toEqual(["expires_at", "pk", "sealed", "sk"]);
    expect(JSON.stringify(item)).not.toContain(token);
    await env.ports.store.write({ put: { ...item, ...keys.idempotency(db.id, "moved") } });
    const moved = { key: "moved", hash: key.hash };
    await expect(Key.create(env.ports, await db.version(), { name }, moved)).rejects.toThrow();
  });

  it("of one database, or of the operator, says nothing in another", async () => {
    const { db, name, key } = await setUp();
    const other = await setUp();
    const ids = [db, other.db].map(
      async (each) => (await Company.create(env.ports, await each.version(), { name }, key)).id,
    );
    expect(new Set(await Promise.all(ids)).size).toBe(2);
    await expect(OperatorKey.create(env.ports, { name }, { ...key, hash: "other" })).resolves.toMatchObject({ name });
  });
});

const exists = async (name: string): Promise<boolean> =>
  (await listDatabases(env.ports, { limit: 1000 })).data.some((database) => database.name === name);
