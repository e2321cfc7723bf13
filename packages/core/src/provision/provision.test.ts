import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startDns, type TestDns } from "../../../../test/support/dns.ts";
import { later, provisionAll, publish } from "../../../../test/support/domain.ts";
import { create } from "../database/create.ts";
import { run } from "../database/provision.ts";
import { read } from "../database/version.ts";
import * as Domain from "../domain/domain.ts";
import type { Ports } from "../ports/main.ts";

let dns: TestDns;
let machine: TestPorts;
let made = 0;
beforeAll(async () => {
  dns = await startDns();
  machine = await startTestPorts({ dns_servers: [dns.address] });
});
afterAll(async () => {
  await machine.close();
  await dns.close();
});

/** A database with a domain, nothing of it made yet. */
async function begin(name = `provisioned${made++}`) {
  const { database } = await create(machine.ports, { name });
  const version = await read(machine.ports.store, database.id);
  const { id } = await Domain.create(machine.ports, version, { name: `${name}.com` });
  await machine.jobs.take("provision");
  return {
    db: database.id,
    id,
    get: async () => Domain.get(machine.ports, await read(machine.ports.store, database.id), id),
  };
}

/** Ports whose provider and store die at their n-th call that changes something. */
function dying(ports: Ports, calls: number): Ports {
  let left = calls;
  const mortal = <T extends object>(port: T, free: readonly string[]): T =>
    new Proxy(port, {
      get: (target, method) => {
        const call = Reflect.get(target, method) as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          if (!free.includes(String(method)) && left-- <= 0) throw new Error("killed");
          return call.apply(target, args);
        };
      },
    });
  return {
    ...ports,
    provider: mortal(ports.provider, ["identity"]),
    store: mortal(ports.store, ["get", "batchGet", "query"]),
  };
}

it("found half-done at any of its steps, it finishes", async () => {
  for (let calls = 0; ; calls++) {
    const { db, id, get } = await begin();
    const jobs = [{ id: "1", group: null, body: { database: db, domain: id } }];
    await run(machine.ports, jobs);
    publish(dns, await get());
    const { failed } = await run(dying(machine.ports, calls), jobs);
    if (failed.length > 0) await run(machine.ports, jobs);
    expect((await get()).status).toBe("verified");
    if (failed.length === 0) return expect(calls).toBeGreaterThan(2);
  }
});

it("found half-done at any step of its first run, it finishes", async () => {
  for (let calls = 0; ; calls++) {
    const { db, id, get } = await begin();
    const jobs = [{ id: "1", group: null, body: { database: db, domain: id } }];
    const { failed } = await run(dying(machine.ports, calls), jobs);
    await run(machine.ports, jobs);
    expect((await get()).records.filter(({ record }) => record === "DKIM")).toHaveLength(3);
    if (failed.length === 0) return expect(calls).toBeGreaterThan(5);
  }
});

it("what was never ordered is found by the tick, and a deletion too", async () => {
  const { get, id, db } = await begin();
  expect((await get()).status).toBe("not_started");
  await later(machine, 60_000);
  expect((await get()).status).toBe("pending");
  const { name } = await get();
  await Domain.remove(machine.ports, await read(machine.ports.store, db), id);
  await machine.jobs.take("provision");
  expect(await machine.ports.provider.identity(name)).not.toBeNull();
  await later(machine, 60_000);
  expect(await machine.ports.provider.identity(name)).toBeNull();
});

it("paced by SES, every order is carried out in the end", async () => {
  machine.ses.control.set({ managementRate: 10 });
  const all = await Promise.all([begin(), begin(), begin()]);
  const jobs = all.map(({ db, id }, n) => ({ id: String(n), group: null, body: { database: db, domain: id } }));
  const { failed } = await run(machine.ports, jobs);
  machine.ses.control.set({ managementRate: undefined });
  expect(failed).toEqual([]);
  for (const { get } of all) expect((await get()).status).toBe("pending");
});

it("R-DOM-9 where the platform is a relay, the TXT is all there is to prove", async () => {
  const relay = await startTestPorts({
    dns_servers: [dns.address],
    operator: { platform: "smtp", platform_smtp_url: "smtp://127.0.0.1:9" },
  });
  try {
    const { database } = await create(relay.ports, { name: "relayed" });
    const { id } = await Domain.create(relay.ports, await read(relay.ports.store, database.id), { name: "relay.com" });
    await provisionAll(relay);
    const get = async () => Domain.get(relay.ports, await read(relay.ports.store, database.id), id);
    expect((await get()).records.map(({ record }) => record)).toEqual(["Ownership", "DMARC"]);
    publish(dns, await get());
    await later(relay, 5 * 60_000);
    expect((await get()).status).toBe("verified");
  } finally {
    await relay.close();
  }
});
