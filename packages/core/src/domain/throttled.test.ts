import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { startDns, type TestDns } from "../../../../test/support/dns.ts";
import { provisionAll, publish } from "../../../../test/support/domain.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import * as Domain from "./domain.ts";
import { verify } from "./verify.ts";

let dns: TestDns;
let machine: TestPorts;
let db: TestDatabase;
let ports: Ports;
let frozen: number;
beforeAll(async () => {
  dns = await startDns();
  machine = await startTestPorts({ dns_servers: [dns.address] });
  frozen = machine.ports.clock.now();
  ports = { ...machine.ports, clock: { ...machine.ports.clock, now: () => frozen } };
  db = await makeDatabase(ports);
});
afterAll(async () => {
  await machine.close();
  await dns.close();
});

const ask = async (id: string) => verify(ports, await db.version(), id);
const lookUps = (name: string) => dns.asked.filter((asked) => asked === `TXT _posthouse.${name}`).length;

it("asked for again within ten seconds, a domain is not looked up: what was found is answered", async () => {
  const { id, name } = await Domain.create(ports, await db.version(), { name: "asked.com" });
  await provisionAll(machine);
  await machine.jobs.take("provision");
  const before = lookUps(name);
  const first = await ask(id);
  publish(dns, first);
  frozen += 9_000;
  const again = await Promise.all([ask(id), ask(id), ask(id)]);
  for (const view of again) expect([view.checked_at, view.records]).toEqual([first.checked_at, first.records]);
  expect([lookUps(name), (await machine.jobs.take("provision")).length]).toEqual([before + 1, 1]);
  frozen += 1_000;
  expect((await ask(id)).records[0]?.status).toBe("verified");
  expect(lookUps(name)).toBe(before + 2);
});

it("many domains of a database in a minute: the caller is told when to come again, and is looked up then", async () => {
  frozen += 60_000;
  const { id, name } = await Domain.create(ports, await db.version(), { name: "many.com" });
  const paid_at = frozen + 60_000;
  await ports.store.write({ put: { ...keys.throttle(db.id, "verify"), paid_at } });
  await expect(ask(id)).rejects.toMatchObject({ name: "rate_limit_exceeded", details: { retry_after_seconds: 2 } });
  expect(lookUps(name)).toBe(0);
  frozen += 2_000;
  await ask(id);
  expect(lookUps(name)).toBe(1);
});

it("the DNS of a domain is asked for a few seconds, however slow it is", async () => {
  frozen += 60_000;
  const { id } = await Domain.create(ports, await db.version(), { name: "slow.com" });
  let passed = 0;
  const slow = async () => {
    passed += 3_000;
    return [];
  };
  const clock = { ...ports.clock, now: () => frozen + passed };
  const view = await verify(
    { ...ports, clock, dns: { txt: slow, cname: slow, mx: slow, addresses: slow } },
    await db.version(),
    id,
  );
  expect(view.records[0]?.status).toBe("pending");
  expect(passed).toBeLessThan(20_000);
});
