import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { startDns, type TestDns } from "../../../../test/support/dns.ts";
import { later, provisionAll, publish } from "../../../../test/support/domain.ts";
import * as Claim from "./claim.ts";
import * as Domain from "./domain.ts";
import { most } from "./unproven.ts";
import { verify } from "./verify.ts";
import type { DomainView } from "./view.ts";

const day = 86_400_000;
let dns: TestDns;
let machine: TestPorts;
let db: TestDatabase;
let made = 0;
beforeAll(async () => {
  dns = await startDns();
  machine = await startTestPorts({ dns_servers: [dns.address] });
});
beforeEach(async () => {
  db = await makeDatabase(machine.ports, { name: `unproven${made++}` });
});
afterAll(async () => {
  await machine.close();
  await dns.close();
});

const add = async (name: string, input: Partial<Domain.NewDomain> = {}, to = db): Promise<DomainView> =>
  Domain.create(machine.ports, await to.version(), { name, ...input });
const get = async (id: string) => Domain.get(machine.ports, await db.version(), id);
async function check(id: string): Promise<DomainView> {
  machine.advance(11_000);
  await verify(machine.ports, await db.version(), id);
  await provisionAll(machine);
  return get(id);
}
const fill = async (): Promise<DomainView[]> => {
  const all: DomainView[] = [];
  for (let n = 0; n < most; n++) all.push(await add(`n${n}.many${made}.com`));
  return all;
};
const full = {
  name: "conflict",
  message: expect.stringContaining("publish the records of one of them, or delete one"),
};
const identity = (name: string) => machine.ports.provider.identity(name);

describe("R-DOM-9 domains that are not verified", () => {
  it("R-DOM-9 20 of a database begin: proving one makes room, deleting one too, one of the same name needs none", async () => {
    const [first, second] = await fill();
    const resting = { status_reason: expect.stringContaining("too many others") };
    const begins = { status_reason: null };
    expect(await add("rests.com")).toMatchObject(resting);
    const twin = { bounce_alias: "errors", catchall_alias: "answers" };
    expect(await add(first?.name ?? "", twin)).toMatchObject(begins);
    await Domain.remove(machine.ports, await db.version(), second?.id ?? "");
    expect(await add("more.com")).toMatchObject(begins);
    expect(await add("rests.too.com")).toMatchObject(resting);
    await provisionAll(machine);
    const begun = await get(first?.id ?? "");
    publish(dns, begun);
    expect((await check(begun.id)).status).toBe("verified");
    expect(await add("again.com")).toMatchObject(begins);
  });

  it("R-DOM-9 those beyond it rest, without an identity, until they are asked for", async () => {
    const [first] = await fill();
    const name = `resting${made}.com`;
    const { id } = await add(name);
    await provisionAll(machine);
    expect(await get(id)).toMatchObject({ status: "failed", status_reason: expect.stringContaining("/verify") });
    expect(await identity(name)).toBeNull();
    await expect(verify(machine.ports, await db.version(), id)).rejects.toMatchObject(full);
    await Domain.remove(machine.ports, await db.version(), first?.id ?? "");
    const woken = await check(id);
    expect(woken).toMatchObject({ status: "pending", status_reason: null });
    publish(dns, woken);
    expect((await check(id)).status).toBe("verified");
  });

  it("R-DOM-9 30 days without proof end it: identity and claim are let go of, its records say how to begin again", async () => {
    const name = `tired${made}.com`;
    const { id } = await add(name);
    await provisionAll(machine);
    const begun = await get(id);
    publish(dns, begun, ({ record }) => record === "Ownership");
    await check(id);
    expect((await Claim.read(machine.ports, name))?.database).toBe(db.id);
    await later(machine, 29 * day);
    expect(await identity(name)).not.toBeNull();
    await later(machine, 2 * day);
    await later(machine, 61_000);
    expect([await identity(name), await Claim.isSought(machine.ports, name)]).toEqual([null, false]);
    expect(await Claim.read(machine.ports, name)).toBeUndefined();
    const resting = await get(id);
    expect(resting).toMatchObject({ status: "failed", status_reason: expect.stringContaining("30 days") });
    expect(resting.records[0]?.advice).toContain("/verify");
    await later(machine, 2 * day);
    expect([await identity(name), await Claim.read(machine.ports, name)]).toEqual([null, undefined]);
    publish(dns, await check(id));
    expect((await check(id)).status).toBe("verified");
    await later(machine, 40 * day);
    expect((await get(id)).status).toBe("verified");
  }, 60_000);

  it("R-DOM-9 domains of one name that all end let go of their claim, a deleted one beside one that rests too", async () => {
    const name = `tired${made}twice.com`;
    const first = await add(name);
    await provisionAll(machine);
    publish(dns, await get(first.id), ({ record }) => record === "Ownership");
    await check(first.id);
    const claimed = async () => (await Claim.read(machine.ports, name))?.database;
    await later(machine, 10 * day);
    const twin = await add(name, { bounce_alias: "errors", catchall_alias: "answers" });
    await later(machine, 21 * day);
    expect([(await get(first.id)).status, await claimed()]).toEqual(["failed", db.id]);
    await later(machine, 10 * day);
    expect([(await get(twin.id)).status, await claimed()]).toEqual(["failed", undefined]);
    await check(twin.id);
    expect(await claimed()).toBe(db.id);
    await Domain.remove(machine.ports, await db.version(), twin.id);
    await provisionAll(machine);
    expect(await claimed()).toBeUndefined();
  }, 60_000);

  it("R-DOM-9 what ends for one database stays for another", async () => {
    const name = `shared${made}.com`;
    await add(name);
    await provisionAll(machine);
    await later(machine, 20 * day);
    const other = await makeDatabase(machine.ports, { name: `other${made}` });
    const { id } = await add(name, {}, other);
    await later(machine, 12 * day);
    await later(machine, 61_000);
    expect(await identity(name)).not.toBeNull();
    publish(dns, await Domain.get(machine.ports, await other.version(), id));
    await later(machine, day);
    expect((await Domain.get(machine.ports, await other.version(), id)).status).toBe("verified");
  }, 60_000);
});
