import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { create as createDatabase } from "../database/create.ts";
import { read, type Version } from "../database/version.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { authenticate } from "./authenticate.ts";
import * as Key from "./key.ts";
import * as Token from "./token.ts";

let machine: TestPorts;
let ports: Ports;
let db: string;
let version: Version;
let named = 0;
beforeAll(async () => {
  machine = await startTestPorts();
  ports = machine.ports;
});
beforeEach(async () => {
  db = (await createDatabase(ports, { name: `keys${named++}` })).database.id;
  version = await read(ports.store, db);
});
afterAll(() => machine.close());

describe("API keys", () => {
  it("a key opens its database with its permission", async () => {
    const { id, token } = await Key.create(ports, version, { name: "reader", permission: "read_access" });
    expect(await authenticate(ports, token)).toMatchObject({ database: db, key: id, permission: "read_access" });
  });

  it("neither token nor secret is stored", async () => {
    const { id, token } = await Key.create(ports, version, { name: "stored" });
    const { items } = await ports.store.query({ pk: `KEY#${id}` });
    expect(items).toHaveLength(1);
    expect(JSON.stringify(items)).not.toContain(Token.parse("key", token)?.secret);
    expect(await Key.list(ports, db)).toEqual([
      {
        id,
        name: "stored",
        permission: "full_access",
        domains: null,
        valid_until: null,
        created_at: expect.any(String),
        last_used_at: null,
      },
      expect.objectContaining({ name: "default" }),
    ]);
  });

  it("a revoked key opens nothing, though another process had it cached", async () => {
    const { id, token } = await Key.create(ports, version, { name: "revoked" });
    const elsewhere = { ...ports, store: { ...forward(ports.store) } };
    await authenticate(ports, token);
    await authenticate(elsewhere, token);
    await Key.remove(ports, db, id);
    await expect(authenticate(ports, token)).rejects.toMatchObject({ name: "invalid_api_key" });
    await expect(authenticate(elsewhere, token)).rejects.toMatchObject({ name: "invalid_api_key" });
  });

  it("the other keys live on after a revocation", async () => {
    const kept = await Key.create(ports, version, { name: "kept" });
    const { id } = await Key.create(ports, version, { name: "gone" });
    await authenticate(ports, kept.token);
    await Key.remove(ports, db, id);
    await expect(authenticate(ports, kept.token)).resolves.toMatchObject({ key: kept.id });
  });

  it("a known key costs one read, strong", async () => {
    const { token } = await Key.create(ports, version, { name: "cheap" });
    const reads: unknown[] = [];
    const store = forward(ports.store, (options) => reads.push(options));
    await authenticate({ ...ports, store }, token);
    reads.length = 0;
    await authenticate({ ...ports, store }, token);
    expect(reads).toEqual([{ consistent: true }]);
  });

  it.each(["a\0b", "a\r\nb", "a\u0085b"])("no name is %j", async (name) => {
    const refused = { name: "invalid_parameter", details: { field: "name" } };
    await expect(Key.create(ports, version, { name })).rejects.toMatchObject(refused);
    const { id } = await Key.create(ports, version, { name: "kept" });
    await expect(Key.rename(ports, db, id, name)).rejects.toMatchObject(refused);
  });

  it("a database has 1,000 at most, however many are made at once", async () => {
    const there = (await Key.list(ports, db)).length;
    const missing = Array.from({ length: Key.maximum - 1 - there }, (_, n) => `key_${n}`);
    for (let at = 0; at < missing.length; at += 100)
      await ports.store.transact(missing.slice(at, at + 100).map((id) => ({ put: { ...keys.apiKey(db, id), id } })));
    const many = ["a", "b", "c"].map((name) =>
      Key.create({ ...ports, store: forward(ports.store) }, version, { name }).then(
        () => "made",
        (error: Error) => `${error.name}: ${error.message}`,
      ),
    );
    const full = "conflict: A database has at most 1000 API keys: revoke one first.";
    expect((await Promise.all(many)).toSorted()).toEqual([full, full, "made"]);
    expect(await Key.list(ports, db)).toHaveLength(Key.maximum);
    await Key.remove(ports, db, (await Key.list(ports, db)).find(({ name }) => name === "default")?.id ?? "");
    await expect(Key.create(ports, version, { name: "d" })).resolves.toMatchObject({ name: "d" });
  });

  it("what is wrong with a key is not told", async () => {
    const { token } = await Key.create(ports, version, { name: "secret" });
    const [id, secret] = [token.slice(3, 29), token.slice(30)];
    const wrong = [
      "",
      "ph_",
      `ph_${id}_${secret.slice(1)}A`,
      `ph_${id.replace(/.$/, (last) => (last === "0" ? "1" : "0"))}_${secret}`,
      `${token}x`,
      ` ${token}`,
      token.toUpperCase(),
    ];
    const messages = new Set<string>();
    for (const text of wrong) {
      const error = await authenticate(ports, text).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: "invalid_api_key", statusCode: 403 });
      messages.add((error as Error).message);
    }
    expect(messages.size).toBe(1);
  });

  it("G5 a database renames and revokes its own keys only", async () => {
    const { id, token } = await Key.create(ports, version, { name: "mine" });
    const other = (await createDatabase(ports, { name: `keys${named++}` })).database.id;
    await expect(Key.remove(ports, other, id)).rejects.toMatchObject({ name: "not_found" });
    await expect(Key.rename(ports, other, id, "stolen")).rejects.toMatchObject({ name: "not_found" });
    await expect(authenticate(ports, token)).resolves.toBeDefined();
    await Key.rename(ports, db, id, " renamed ");
    expect((await Key.list(ports, db))[0]).toMatchObject({ id, name: "renamed" });
  });

  it.each(["", "  ", "x".repeat(101)])("refuses the name %j", async (name) => {
    await expect(Key.create(ports, version, { name })).rejects.toMatchObject({ name: "invalid_parameter" });
  });
});

/** The same store as another process has it: nothing cached. */
function forward(store: Ports["store"], onGet: (options: unknown) => void = () => {}): Ports["store"] {
  return {
    get: (key, options) => {
      onGet(options);
      return store.get(key, options);
    },
    batchGet: (list, options) => store.batchGet(list, options),
    query: (query) => store.query(query),
    write: (write) => store.write(write),
    transact: (writes, token) => store.transact(writes, token),
  };
}
