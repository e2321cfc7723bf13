import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listed } from "../email/due.ts";
import * as Id from "../id.ts";
import { authenticate } from "../key/authenticate.ts";
import * as keys from "../keys.ts";
import { dayOf } from "../limit/day.ts";
import type { Ports } from "../ports/main.ts";
import type { Key } from "../ports/store.ts";
import { create } from "./create.ts";
import { find } from "./list.ts";
import { remove } from "./remove.ts";

let machine: TestPorts;
beforeAll(async () => {
  machine = await startTestPorts();
});
afterAll(() => machine.close());

const dayMs = 86_400_000;

/** One thing of each kind a database leaves behind. */
async function fill({ store, blobs, clock, random }: Ports, db: string): Promise<Key[]> {
  const email = Id.make("email", { clock, random });
  const stored = [
    {
      ...keys.emailHead(db, email),
      id: email,
      blob: `keep-40d/${db}/${email}`,
      provider_id: "p1",
      ...listed(db, email, clock.now()),
    },
    { ...keys.emailRecipient(db, email, 0), address: "a@b.example" },
    { ...keys.emailEvent(db, email, "2026-11-22T00:00:00Z", "x") },
    { ...keys.messageId(db, "p1", email) },
    { ...keys.usage(db, dayOf(clock.now(), "23:00")), left: 1, limit: 2, limit_rev: 1 },
    { ...keys.suppression(db, "gone@b.example") },
  ];
  for (const put of stored) await store.write({ put });
  await blobs.put(`keep-40d/${db}/${email}`, Buffer.from("body"));
  return stored;
}

it("erases all that is stored of a database and nothing of another", async () => {
  const { ports } = machine;
  const { api_key } = await create(ports, { name: "leaving" });
  const { api_key: other } = await create(ports, { name: "staying" });
  const { database, key } = await authenticate(ports, api_key);
  const [head, ...rest] = await fill(ports, database);
  const kept = await fill(ports, (await find(ports, "staying")).id);
  expect(await remove(ports, "leaving")).toBe(true);
  const gone = [head as Key, ...rest, keys.version(database), keys.keyClaim(key)];
  expect(await ports.store.batchGet(gone, { consistent: true })).toEqual([]);
  expect((await ports.store.query({ pk: keys.version(database).pk, consistent: true })).items).toEqual([]);
  expect(await ports.blobs.get(`keep-40d/${database}/${head?.pk.split("#")[2]}`)).toBeUndefined();
  expect(await ports.store.batchGet(kept, { consistent: true })).toHaveLength(kept.length);
  await expect(authenticate(ports, api_key)).rejects.toMatchObject({ name: "invalid_api_key" });
  await expect(authenticate(ports, other)).resolves.toMatchObject({ permission: "full_access" });
  await expect(find(ports, "leaving")).rejects.toMatchObject({ name: "not_found" });
});

it("is finished by another call when its time was up", async () => {
  const { ports } = machine;
  const { database, api_key } = await create(ports, { name: "large" });
  await fill(ports, database.id);
  expect(await remove(ports, "large", { time_ms: 0 })).toBe(false);
  expect((await find(ports, "large")).status).toBe("deleting");
  await expect(authenticate(ports, api_key)).rejects.toMatchObject({ name: "invalid_api_key" });
  expect(await remove(ports, "large")).toBe(true);
  await expect(remove(ports, "large")).rejects.toMatchObject({ name: "not_found" });
});

it("is finished by another call after it was killed at any of its writes", async () => {
  const { ports } = machine;
  for (let last = 0; ; last++) {
    const { database } = await create(ports, { name: "killed", reuse_name: true });
    await fill(ports, database.id);
    const died = await remove(dyingAfter(ports, last), "killed").then(
      () => false,
      () => true,
    );
    if (died) expect(await remove(ports, "killed")).toBe(true);
    expect((await ports.store.query({ pk: keys.version(database.id).pk, consistent: true })).items).toEqual([]);
    if (!died) return;
  }
});

it("R-ADDR-1 the name of a deleted database is free after 400 days, or on request", async () => {
  const other = await startTestPorts();
  try {
    const { ports } = other;
    await create(ports, { name: "again" });
    await remove(ports, "again");
    other.advance(399 * dayMs);
    await expect(create(ports, { name: "again" })).rejects.toMatchObject({ name: "name_taken" });
    await expect(create(ports, { name: "again", reuse_name: true })).resolves.toBeDefined();
    await remove(ports, "again");
    other.advance(400 * dayMs + 1000);
    await expect(create(ports, { name: "again" })).resolves.toBeDefined();
    await expect(create(ports, { name: "again", reuse_name: true })).rejects.toMatchObject({ name: "name_taken" });
  } finally {
    await other.close();
  }
});

/** Ports whose store makes so many writes and then no more. */
function dyingAfter(ports: Ports, writes: number): Ports {
  let left = writes;
  const spend = () => {
    if (left-- <= 0) throw new Error("killed");
  };
  const store: Ports["store"] = {
    get: (key, options) => ports.store.get(key, options),
    batchGet: (list, options) => ports.store.batchGet(list, options),
    query: (query) => ports.store.query(query),
    write: async (write) => {
      spend();
      return ports.store.write(write);
    },
    transact: async (list, token) => {
      spend();
      return ports.store.transact(list, token);
    },
  };
  return { ...ports, store };
}
