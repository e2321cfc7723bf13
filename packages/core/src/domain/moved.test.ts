import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { startDns, type TestDns } from "../../../../test/support/dns.ts";
import { later, provisionAll, publish } from "../../../../test/support/domain.ts";
import * as Domain from "./domain.ts";
import * as Former from "./former.ts";
import { mark } from "./use.ts";
import { verify } from "./verify.ts";

const hour = 3_600_000;
let dns: TestDns;
let machine: TestPorts;
let a: TestDatabase;
let b: TestDatabase;
let name: string;
let made = 0;
beforeAll(async () => {
  dns = await startDns();
  machine = await startTestPorts({ dns_servers: [dns.address] });
});
beforeEach(async () => {
  name = `moved${made++}.com`;
  a = await makeDatabase(machine.ports, { name: `loser${made}` });
  b = await makeDatabase(machine.ports, { name: `winner${made}` });
});
afterAll(async () => {
  await machine.close();
  await dns.close();
});

/** A domain that mail went out by, proved. */
async function proved(db: TestDatabase): Promise<string> {
  const { id } = await Domain.create(machine.ports, await db.version(), { name });
  await provisionAll(machine);
  publish(dns, await Domain.get(machine.ports, await db.version(), id));
  machine.advance(11_000);
  await verify(machine.ports, await db.version(), id);
  await provisionAll(machine);
  await later(machine, 1.1 * hour);
  await later(machine, 1.1 * hour);
  expect((await Domain.get(machine.ports, await db.version(), id)).status).toBe("verified");
  await mark(machine.ports, db.id, id);
  return id;
}
const kept = async (db: TestDatabase) => (await Former.list(machine.ports, db.id)).map(({ address }) => address);

describe("R-DOM-7 former addresses of a domain that has moved (R-DOM-9)", () => {
  it("R-DOM-7 deleted or changed after it has moved, its record keeps none", async () => {
    const lost = await proved(a);
    await proved(b);
    const changed = await Domain.patch(machine.ports, await a.version(), lost, { catchall_alias: "answers" });
    expect([changed.former_addresses, await kept(a)]).toEqual([[], []]);
    const removed = await Domain.remove(machine.ports, await a.version(), lost);
    expect([removed.former_addresses, await kept(a)]).toEqual([[], []]);
  });

  it("R-DOM-7 what was kept before is kept no longer once another has proved the domain", async () => {
    const lost = await proved(a);
    await Domain.patch(machine.ports, await a.version(), lost, { catchall_alias: "answers" });
    expect(await kept(a)).toEqual([`catchall@${name}`]);
    await Domain.remove(machine.ports, await a.version(), lost);
    await provisionAll(machine);
    expect(await kept(a)).toHaveLength(4);
    await proved(b);
    expect(await kept(a)).toEqual([]);
  });
});
