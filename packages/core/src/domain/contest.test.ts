import { ListTenantResourcesCommand, type SESv2Client } from "@aws-sdk/client-sesv2";
import type { TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import type { TestDns } from "../../../../test/support/dns.ts";
import { type DomainMachine, later, provisionAll, publish, startDomains } from "../../../../test/support/domain.ts";
import { want } from "../../../../test/support/webhooks.ts";
import { load } from "../configuration/load.ts";
import * as keys from "../keys.ts";
import { remove as removeAll } from "../provision/remove.ts";
import * as Claim from "./claim.ts";
import * as Domain from "./domain.ts";
import { verify } from "./verify.ts";
import type { DomainView } from "./view.ts";

const hour = 3_600_000;
let started: DomainMachine;
let dns: TestDns;
let machine: TestPorts;
let client: SESv2Client;
let a: TestDatabase;
let b: TestDatabase;
let name: string;
let made = 0;
beforeAll(async () => {
  started = await startDomains();
  ({ dns, machine, client } = started);
});
beforeEach(async () => {
  made += 1;
  name = `contested${made}.com`;
  a = await makeDatabase(machine.ports, { name: `first${made}` });
  await want(machine.ports, a.id, "domain.updated");
  b = await makeDatabase(machine.ports, { name: `second${made}` });
});
afterAll(() => started.close());

async function add(db: TestDatabase, domain = name): Promise<DomainView> {
  const { id } = await Domain.create(machine.ports, await db.version(), { name: domain });
  await provisionAll(machine);
  return Domain.get(machine.ports, await db.version(), id);
}
async function check(db: TestDatabase, { id }: DomainView): Promise<DomainView> {
  machine.advance(11_000);
  await verify(machine.ports, await db.version(), id);
  await provisionAll(machine);
  return Domain.get(machine.ports, await db.version(), id);
}
const ownership = ({ records }: DomainView) => {
  const found = records.find(({ record }) => record === "Ownership");
  if (!found) throw new Error("no ownership record");
  return found;
};
const publishTokens = (...views: DomainView[]) =>
  dns.set(`_posthouse.${name}`, "TXT", ...views.map((view) => ownership(view).value));
const routed = async (db: TestDatabase, domain = name) =>
  (await load(machine.ports, await db.version())).prepared.platform.domains.has(domain);
async function identitiesOf(db: TestDatabase): Promise<string[]> {
  const { TenantResources = [] } = await client.send(new ListTenantResourcesCommand({ TenantName: db.id }));
  return TenantResources.flatMap(({ ResourceArn = "" }) => /identity\/(.*)$/.exec(ResourceArn)?.[1] ?? []).toSorted();
}

describe("R-DOM-9 several databases and one domain", () => {
  it("R-DOM-9 the first to prove it has it, and the other is told", async () => {
    const [mine, theirs] = [await add(a), await add(b)];
    expect(ownership(mine).value).not.toBe(ownership(theirs).value);
    publish(dns, mine);
    expect((await check(a, mine)).status).toBe("verified");
    publishTokens(mine, theirs);
    const refused = await check(b, theirs);
    expect(refused).toMatchObject({ status: "failed", status_reason: expect.stringContaining("Another database") });
    expect(ownership(refused)).toMatchObject({ status: "failed", advice: expect.stringContaining("an hour apart") });
    expect([await routed(a), await routed(b)]).toEqual([true, false]);
    expect(await identitiesOf(a)).toEqual([name, "posthouse.test"]);
    expect(await identitiesOf(b)).toEqual(["posthouse.test"]);
  });

  it("G5 what SES has verified for one database proves nothing for another", async () => {
    const [mine, theirs] = [await add(a), await add(b)];
    publish(dns, mine);
    await check(a, mine);
    expect((await check(b, theirs)).status).toBe("pending");
    expect(await routed(b)).toBe(false);
  });

  it("G5 a sub-domain of another's domain needs a proof of its own", async () => {
    publish(dns, await add(a));
    await provisionAll(machine);
    const below = await add(b, `shop.${name}`);
    publish(dns, below, ({ record }) => record === "DKIM" || record === "SPF");
    expect((await check(b, below)).status).toBe("pending");
    expect(await routed(b, below.name)).toBe(false);
    publish(dns, below);
    expect((await check(b, below)).status).toBe("verified");
  });

  it("R-DOM-9 moves when the other's TXT is there and ours gone in two checks an hour apart; we are told", async () => {
    const [mine, theirs] = [await add(a), await add(b)];
    publish(dns, mine);
    await check(a, mine);
    publishTokens(theirs);
    expect((await check(b, theirs)).status).toBe("failed");
    await later(machine, 0.9 * hour);
    expect((await check(b, theirs)).status).toBe("failed");
    expect(await routed(a)).toBe(true);
    await later(machine, 0.2 * hour);
    expect((await check(b, theirs)).status).toBe("verified");
    await later(machine, 60_000);
    expect(await Domain.get(machine.ports, await a.version(), mine.id)).toMatchObject({
      status: "failed",
      status_reason: expect.stringContaining("it has moved"),
    });
    expect([await routed(a), await routed(b)]).toEqual([false, true]);
    expect(await identitiesOf(a)).toEqual(["posthouse.test"]);
    const { items } = await machine.ports.store.query({ pk: keys.outbox(a.id, "").pk, consistent: true });
    expect(items.at(-1)?.["data"]).toMatchObject({ name, status: "failed", reason: expect.stringContaining("moved") });
  });

  it("R-DOM-9 does not move when the holder's TXT comes back in between", async () => {
    const [mine, theirs] = [await add(a), await add(b)];
    publish(dns, mine);
    await check(a, mine);
    publishTokens(theirs);
    await check(b, theirs);
    publishTokens(mine, theirs);
    await check(b, theirs);
    publishTokens(theirs);
    await later(machine, 1.1 * hour);
    expect((await check(b, theirs)).status).toBe("failed");
    expect(await routed(a)).toBe(true);
  });

  it("R-DOM-9 silence of the DNS moves nothing", async () => {
    const [mine, theirs] = [await add(a), await add(b)];
    publish(dns, mine);
    await check(a, mine);
    publishTokens(theirs);
    await check(b, theirs);
    dns.fail(`_posthouse.${name}`, "servfail");
    await later(machine, 2 * hour);
    await check(b, theirs);
    expect((await Claim.read(machine.ports, name))?.database).toBe(a.id);
  });

  it("is free again once the domain is deleted, and the identity stays while another wants it", async () => {
    const [mine, theirs] = [await add(a), await add(b)];
    publish(dns, mine);
    await check(a, mine);
    await Domain.remove(machine.ports, await a.version(), mine.id);
    await provisionAll(machine);
    expect(await Claim.read(machine.ports, name)).toBeUndefined();
    expect(await identitiesOf(a)).toEqual(["posthouse.test"]);
    publishTokens(theirs);
    expect((await check(b, theirs)).status).toBe("verified");
    await Domain.remove(machine.ports, await b.version(), theirs.id);
    await provisionAll(machine);
    expect(await machine.ports.provider.identity(name)).toBeNull();
    const left = await machine.ports.store.query({ pk: keys.domainClaim(name).pk, consistent: true });
    expect(left.items).toEqual([]);
  });

  it("domains of one name in one database share token, claim and identity", async () => {
    const mine = await add(a);
    const input = { name, bounce_alias: "errors", catchall_alias: "answers" };
    const { id } = await Domain.create(machine.ports, await a.version(), input);
    await provisionAll(machine);
    const twin = await Domain.get(machine.ports, await a.version(), id);
    expect(ownership(twin).value).toBe(ownership(mine).value);
    publish(dns, mine);
    expect((await check(a, mine)).status).toBe("verified");
    expect((await check(a, twin)).status).toBe("verified");
    await Domain.remove(machine.ports, await a.version(), mine.id);
    await provisionAll(machine);
    expect((await check(a, twin)).status).toBe("verified");
    expect(await identitiesOf(a)).toEqual([name, "posthouse.test"]);
  });

  it("G5 two that prove at once: one has it", async () => {
    const [mine, theirs] = [await add(a), await add(b)];
    publish(dns, mine);
    publishTokens(mine, theirs);
    await Promise.all([
      verify(machine.ports, await a.version(), mine.id),
      verify(machine.ports, await b.version(), theirs.id),
    ]);
    await provisionAll(machine);
    await later(machine, 5 * 60_000);
    expect([await routed(a), await routed(b)].filter(Boolean)).toHaveLength(1);
  });

  it("all that a database has at the provider goes with it", async () => {
    const mine = await add(a);
    publish(dns, mine);
    await check(a, mine);
    expect(await removeAll(machine.ports, await a.version(), machine.ports.clock.now())).toBe(false);
    expect(await removeAll(machine.ports, await a.version(), Infinity)).toBe(true);
    expect(await removeAll(machine.ports, await a.version(), Infinity)).toBe(true);
    expect(await machine.ports.provider.identity(name)).toBeNull();
    await expect(identitiesOf(a)).rejects.toMatchObject({ name: "NotFoundException" });
    expect(await Claim.read(machine.ports, name)).toBeUndefined();
  });
});
