import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { startDns, type TestDns } from "../../../../test/support/dns.ts";
import { later, provisionAll, publish } from "../../../../test/support/domain.ts";
import { run } from "../database/provision.ts";
import * as Claim from "../domain/claim.ts";
import * as Domain from "../domain/domain.ts";
import { verify } from "../domain/verify.ts";
import type { DomainView } from "../domain/view.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Provider } from "../ports/provider.ts";
import { remove as removeAll } from "./remove.ts";

const hour = 3_600_000;
let dns: TestDns;
let machine: TestPorts;
let db: TestDatabase;
let name: string;
let made = 0;
beforeAll(async () => {
  dns = await startDns();
  machine = await startTestPorts({ dns_servers: [dns.address] });
});
beforeEach(async () => {
  name = `flight${made++}.com`;
  db = await makeDatabase(machine.ports, { name: `flying${made}` });
  await machine.jobs.take("provision");
});
afterAll(async () => {
  await machine.close();
  await dns.close();
});

const get = async (id: string) => Domain.get(machine.ports, await db.version(), id);
const make = async () => Domain.create(machine.ports, await db.version(), { name });
const erase = async ({ id }: DomainView) => Domain.remove(machine.ports, await db.version(), id);
/** One order carried out, by these ports. */
async function step({ id }: DomainView, ports = machine.ports): Promise<DomainView | undefined> {
  const { failed } = await run(ports, [{ id: "1", group: null, body: { database: db.id, domain: id } }]);
  expect(failed).toEqual([]);
  return (await Domain.list(machine.ports, await db.version())).find((domain) => domain.id === id);
}
/** A domain with its records published. */
async function published(): Promise<DomainView> {
  const { id } = await make();
  await provisionAll(machine);
  const view = await get(id);
  publish(dns, view);
  return view;
}
/** Ports in which something happens just before the first call of a method of the provider. */
function meanwhile(method: keyof Provider, happens: () => Promise<unknown>): Ports {
  let left = 1;
  const call = async (...args: never[]) => {
    if (left-- > 0) await happens();
    return (machine.ports.provider[method] as (...args: never[]) => Promise<unknown>)(...args);
  };
  const provider = new Proxy(machine.ports.provider, {
    get: (target, key) => (key === method ? call : Reflect.get(target, key)),
  });
  return { ...machine.ports, provider };
}
const left = async () => ({
  claim: await Claim.read(machine.ports, name),
  sought: await Claim.isSought(machine.ports, name),
  identity: await machine.ports.provider.identity(name),
});
const nothing = { claim: undefined, sought: false, identity: null };

describe("R-DOM-9 what happens while a domain is checked or let go of", () => {
  it("R-DOM-9 made anew while the old one is let go of, it keeps seeker, identity and claim", async () => {
    const old = await published();
    expect((await step(old))?.status).toBe("verified");
    await erase(old);
    let fresh = old;
    await step(
      old,
      meanwhile("dissociate", async () => {
        fresh = await make();
        publish(dns, fresh);
        await step(fresh);
      }),
    );
    expect(await left()).toMatchObject({ claim: { database: db.id }, sought: true, identity: { ours: true } });
    expect((await step(fresh))?.status).toBe("verified");
    await erase(fresh);
    await provisionAll(machine);
    expect(await left()).toEqual(nothing);
  });

  it("R-DOM-9 two of one name that go leave nothing", async () => {
    const one = await published();
    const input = { name, bounce_alias: "errors", catchall_alias: "answers" };
    const other = await Domain.create(machine.ports, await db.version(), input);
    await erase(one);
    await erase(other);
    await Promise.all([step(one), step(other)]);
    expect(await left()).toEqual(nothing);
  });

  it.each(["identity", "associate"] as const)(
    "R-DOM-9 deleted before a check's call of %s, nothing is left",
    async (at) => {
      const view = await published();
      const gone = async () => {
        await erase(view);
        await step(view);
      };
      // SES refuses the association of an identity that is gone: the order comes again
      await run(meanwhile(at, gone), [{ id: "1", group: null, body: { database: db.id, domain: view.id } }]);
      await step(view);
      expect(await left()).toEqual(nothing);
    },
  );

  it("R-DOM-9 its database deleted while it is checked, nothing is left", async () => {
    const view = await published();
    const version = await db.version();
    const gone = async () => {
      const set = { status: "deleting" };
      await machine.ports.store.write({ update: keys.version(db.id), set });
      await removeAll(machine.ports, version, Number.POSITIVE_INFINITY);
    };
    await run(meanwhile("identity", gone), [{ id: "1", group: null, body: { database: db.id, domain: view.id } }]);
    expect(await left()).toEqual(nothing);
  });

  it("R-DOM-9 a claim whose database has no such domain moves to who proves it", async () => {
    const view = await published();
    const claim = { ...keys.domainClaim(name), database: "db_gone", token: "gone" };
    await machine.ports.store.write({ put: claim });
    expect((await step(view))?.status).toBe("verified");
    expect((await left()).claim?.database).toBe(db.id);
  });

  it("R-DOM-9 asked for during every check, it is lost after 72 hours all the same", async () => {
    const view = await published();
    expect((await step(view))?.status).toBe("verified");
    dns.clear(`_posthouse.${name}`);
    const ask = async () => verify(machine.ports, await db.version(), view.id);
    expect((await step(view, meanwhile("identity", ask)))?.status).toBe("temporary_failure");
    machine.advance(73 * hour);
    expect((await step(view, meanwhile("identity", ask)))?.status).toBe("failed");
    await later(machine, 0);
  });
});
