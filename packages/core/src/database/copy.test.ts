import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { dying } from "../../../../test/support/dying.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import * as Server from "../server/server.ts";
import { patch as patchSettings } from "../settings/patch.ts";
import { get as getSettings } from "../settings/view.ts";
import { byRecord } from "../thread/find.ts";
import { put as putFollower } from "../thread/follow.ts";
import { tick } from "../tick/run.ts";
import { get as getUser, put as putUser } from "../user/change.ts";
import { copy } from "./copy.ts";
import { find } from "./list.ts";
import { remove } from "./remove.ts";

let machine: TestPorts;
let ports: Ports;
let db: TestDatabase;
let made = 0;
let from: string;
beforeAll(async () => {
  machine = await startTestPorts();
  ports = machine.ports;
});
beforeEach(async () => {
  from = `source${made++}`;
  db = await makeDatabase(ports, { name: from });
});
afterAll(() => machine.close());

it("moves addresses on the default domain, however they are spelled", async () => {
  const root = ports.operator.root_domain;
  const admin_address = `Admin@${from.toUpperCase()}.${root}`;
  await patchSettings(ports, await db.version(), { admin_address });
  await copy(ports, from, { name: `${from}-copy` });
  const copied = await getSettings(ports, await find(ports, `${from}-copy`));
  expect(copied.admin_address).toBe(`Admin@${from}-copy.${root}`);
});

it("R-NOT-1 has the users of the other, who are told as they are there, and none of its threads", async () => {
  const ann = await putUser(ports, db.id, "ann@company.com", { name: "Ann", notify: "inbox" });
  const ref = { model: "a.b", record_id: "1" };
  await putFollower(ports, await db.version(), ref, "mary@customer.example", {});
  const { database } = await copy(ports, from, { name: `${from}-copy` });
  expect(await getUser(ports, database.id, "ann@company.com")).toEqual(ann);
  expect(await byRecord(ports, database.id, ref)).toBeUndefined();
  await putUser(ports, database.id, "ann@company.com", { notify: "email" });
  expect(await getUser(ports, db.id, "ann@company.com")).toEqual(ann);
});

it("R-SRV-4 a platform record of a domain that the copy has yet to prove is inactive there", async () => {
  const { id, ...record } = await Server.create(ports, await db.version(), { name: "ses", kind: "platform" });
  // As when the domain was verified then
  const key = keys.configuration(db.id, "server", id);
  await ports.store.write({ put: { ...key, ...record, id, from_filter: "company.com" } });
  await Server.patch(ports, await db.version(), id, { priority: 3 });
  await copy(ports, from, { name: `${from}-copy` });
  const copied = await Server.list(ports, await find(ports, `${from}-copy`));
  expect(copied).toMatchObject([{ name: "ses", active: false, from_filter: "company.com" }]);
});

it("a database that is being deleted is not copied, nor one that cannot be, and nothing is left of either", async () => {
  const { store } = ports;
  const foreign = { admin_address: `admin@other.${ports.operator.root_domain}` };
  const key = keys.configuration(db.id, "settings", "settings");
  await store.write({ update: key, set: foreign });
  await patchSettings(ports, await db.version(), {});
  const name = `${from}-copy`;
  await expect(copy(ports, from, { name })).rejects.toMatchObject({ name: "invalid_parameter" });
  await store.write({ update: keys.version(db.id), set: { status: "deleting" } });
  await expect(copy(ports, from, { name })).rejects.toMatchObject({ name: "conflict" });
  await expect(copy(ports, from, { name: 'a"b' })).rejects.toMatchObject({ name: "invalid_parameter" });
  expect(await store.get(keys.nameClaim(name), { consistent: true })).toBeUndefined();
});

/** Ports of a network that is gone as soon as the server is written. */
function failing(): Ports {
  const store = new Proxy(ports.store, {
    get: (target, field) => {
      const value: unknown = Reflect.get(target, field);
      if (typeof value !== "function") return value;
      if (field !== "transact") return value.bind(target);
      return async (...write: Parameters<Ports["store"]["transact"]>) => {
        if (JSON.stringify(write[0]).includes("smtp.company.com")) throw new Error("the network is gone");
        return target.transact(...write);
      };
    },
  });
  return { ...ports, store };
}

it("a copy that fails on its way is deleted again, and its name is as free as it was", async () => {
  await Server.create(ports, await db.version(), { name: "own", host: "smtp.company.com" });
  const name = `${from}-copy`;
  await expect(copy(failing(), from, { name })).rejects.toThrow("the network is gone");
  await expect(find(ports, name)).rejects.toMatchObject({ name: "not_found" });
  expect(await ports.store.get(keys.nameClaim(name), { consistent: true })).toBeUndefined();
  await expect(copy(ports, from, { name })).resolves.toMatchObject({ database: { name } });
});

it("R-ADDR-1 a copy that failed leaves the name of a database deleted before it kept as long as it was", async () => {
  await Server.create(ports, await db.version(), { name: "own", host: "smtp.company.com" });
  const name = `${from}-copy`;
  await makeDatabase(ports, { name });
  await remove(ports, name);
  const tombstone = async () => (await ports.store.get(keys.nameClaim(name), { consistent: true }))?.["expires_at"];
  const until = await tombstone();
  expect(until).toBeGreaterThan(ports.clock.now() / 1000);
  machine.advance(86_400_000);
  await expect(copy(failing(), from, { name, reuse_name: true })).rejects.toThrow("the network is gone");
  expect(await tombstone()).toBe(until);
  await expect(copy(ports, from, { name })).rejects.toMatchObject({ name: "name_taken" });
});

it("a copy that failed and could not be deleted at once leaves its name free when the tick has deleted it", async () => {
  await Server.create(ports, await db.version(), { name: "own", host: "smtp.company.com" });
  const name = `${from}-copy`;
  const provider = { ...ports.provider, removeTenant: () => Promise.reject(new Error("busy")) };
  const delay = { ...failing(), provider };
  await expect(copy(delay, from, { name })).rejects.toThrow("the network is gone");
  expect(await find(ports, name)).toMatchObject({ status: "deleting" });
  machine.advance(ports.operator.waits.recovery * 1000 + 1);
  await tick(ports);
  expect(await ports.store.get(keys.nameClaim(name), { consistent: true })).toBeUndefined();
});

it("a copy's tracking is ordered at SES, wherever the process that made it died", async () => {
  await patchSettings(ports, await db.version(), { tracking: { opens: true, clicks: true } });
  const orders = async () => (await machine.jobs.take("provision")).map(({ body }) => body);
  let finished = false;
  for (let calls = 0; !finished; calls++) {
    const [name, key] = [`${from}-copy${calls}`, { key: `${from}-${calls}`, hash: "same" }];
    const process = dying(ports, calls, "before");
    await copy(process.ports, from, { name }, key).catch(() => undefined);
    finished = process.writes() <= calls;
    machine.advance(61_000);
    const { database } = await copy(ports, from, { name }, key);
    expect(await orders()).toContainEqual({ database: database.id, tracking: true });
  }
});
