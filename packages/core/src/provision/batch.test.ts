import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { create } from "../database/create.ts";
import { run } from "../database/provision.ts";
import { read } from "../database/version.ts";
import * as Domain from "../domain/domain.ts";
import type { Job } from "../job.ts";
import type { Ports } from "../ports/main.ts";

let machine: TestPorts;
let made = 0;
beforeAll(async () => {
  machine = await startTestPorts();
});
afterAll(() => machine.close());

const nothing = async () => [];
const silent = { txt: nothing, cname: nothing, mx: nothing, addresses: nothing };
const version = (id: string) => read(machine.ports.store, id);

/** A database with so many domains, and the order for each. */
async function begin(domains: number): Promise<{ db: string; jobs: Job[] }> {
  const { database } = await create(machine.ports, { name: `batch${made++}` });
  const jobs: Job[] = [];
  for (let n = 0; n < domains; n++) {
    const { id } = await Domain.create(machine.ports, await version(database.id), { name: `b${made}n${n}.com` });
    jobs.push({ id: `${database.id}.${n}`, group: database.id, body: { database: database.id, domain: id } });
  }
  return { db: database.id, jobs };
}
const states = async (db: string) =>
  (await Domain.list(machine.ports, await version(db))).filter((each) => !each.is_default).map(({ status }) => status);

it("slow DNS of one database's domain holds up no other database", async () => {
  const [slow, quick] = [await begin(1), await begin(2)];
  const [gate, reached] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const [first] = await Domain.list(machine.ports, await version(slow.db));
  const txt = async (asked: string) => {
    if (!first || !asked.endsWith(first.name)) return [];
    reached.resolve();
    await gate.promise;
    return [];
  };
  const running = run({ ...machine.ports, dns: { ...silent, txt } }, [...slow.jobs, ...quick.jobs]);
  await reached.promise;
  try {
    await expect.poll(() => states(quick.db), { timeout: 20_000 }).toEqual(["pending", "pending"]);
    expect(await states(slow.db)).toEqual(["not_started"]);
  } finally {
    gate.resolve();
  }
  expect(await running).toEqual({ failed: [] });
});

it("no order is begun once the time of the batch is over: it comes again", async () => {
  const { db, jobs } = await begin(8);
  let passed = 0;
  const now = () => machine.ports.clock.now() + passed;
  const txt = async () => {
    passed += 5_000;
    return [];
  };
  const ports: Ports = { ...machine.ports, clock: { ...machine.ports.clock, now }, dns: { ...silent, txt } };
  const { failed } = await run(ports, jobs);
  expect(failed.length).toBeGreaterThan(0);
  expect(failed.length).toBeLessThan(8);
  expect(failed).toEqual(jobs.slice(-failed.length).map(({ id }) => id));
  expect(passed).toBeLessThan(100_000);
  const left = jobs.filter(({ id }) => failed.includes(id));
  expect(await run({ ...machine.ports, dns: silent }, left)).toEqual({ failed: [] });
  expect(await states(db)).toEqual(Array(8).fill("pending"));
});

it("an order begins no call at SES once its time is over: it comes again", async () => {
  const { jobs } = await begin(1);
  let passed = 0;
  const now = () => machine.ports.clock.now() + passed;
  const createTenant = async (tenant: string) => {
    passed += 31_000;
    await machine.ports.provider.createTenant(tenant);
  };
  const clock = { ...machine.ports.clock, now };
  const provider = { ...machine.ports.provider, createTenant };
  const ports: Ports = { ...machine.ports, clock, provider, dns: silent };
  expect(await run(ports, jobs)).toEqual({ failed: jobs.map(({ id }) => id) });
  expect(await run({ ...machine.ports, dns: silent }, jobs)).toEqual({ failed: [] });
});

it("an order that says nothing of a database is failed, and no other with it", async () => {
  const { db, jobs } = await begin(1);
  const bad = { id: "bad", group: null, body: { nothing: true } };
  expect(await run({ ...machine.ports, dns: silent }, [bad, ...jobs])).toEqual({ failed: ["bad"] });
  expect(await states(db)).toEqual(["pending"]);
});
