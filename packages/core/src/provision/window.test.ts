import { DeleteEmailIdentityCommand, ListTenantResourcesCommand, type SESv2Client } from "@aws-sdk/client-sesv2";
import type { TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import type { TestDns } from "../../../../test/support/dns.ts";
import { type DomainMachine, later, provisionAll, publish, startDomains } from "../../../../test/support/domain.ts";
import { want } from "../../../../test/support/webhooks.ts";
import { load } from "../configuration/load.ts";
import { run } from "../database/provision.ts";
import * as Claim from "../domain/claim.ts";
import * as Domain from "../domain/domain.ts";
import type { DomainView } from "../domain/view.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Provider } from "../ports/provider.ts";
import type { Store } from "../ports/store.ts";
import { isLeaving } from "./release.ts";

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
  name = `window${made++}.com`;
  a = await makeDatabase(machine.ports, { name: `leaver${made}` });
  await want(machine.ports, a.id, "domain.updated");
  b = await makeDatabase(machine.ports, { name: `comer${made}` });
});
afterAll(() => started.close());

const get = async (db: TestDatabase, id: string) => Domain.get(machine.ports, await db.version(), id);
const order = (db: TestDatabase, id: string) => [{ id: "1", group: null, body: { database: db.id, domain: id } }];
const add = async (db: TestDatabase) => Domain.create(machine.ports, await db.version(), { name });
/** A domain with its records published and proved. */
async function proved(db: TestDatabase): Promise<DomainView> {
  const { id } = await add(db);
  await provisionAll(machine);
  publish(dns, await get(db, id));
  await run(machine.ports, order(db, id));
  const view = await get(db, id);
  expect(view.status).toBe("verified");
  return view;
}
async function tenantHas(db: TestDatabase): Promise<boolean> {
  const { TenantResources = [] } = await client.send(new ListTenantResourcesCommand({ TenantName: db.id }));
  return TenantResources.some(({ ResourceArn = "" }) => ResourceArn.endsWith(`identity/${name}`));
}
const claimed = async () => (await Claim.read(machine.ports, name))?.database;

/** Ports in which something happens once, just before a call of a method. */
function before<P extends Provider | Store>(port: P, method: keyof P, happens: () => Promise<unknown>): P {
  let left = 1;
  return new Proxy(port, {
    get: (target, key) => {
      const call = Reflect.get(target, key) as (...args: unknown[]) => Promise<unknown>;
      if (key !== method) return call;
      return async (...args: unknown[]) => {
        if (left-- > 0) await happens();
        return call.apply(target, args);
      };
    },
  });
}

describe("R-DOM-9 between two databases", () => {
  it("R-DOM-9 nobody begins with an identity that is being removed", async () => {
    const leaving = await proved(a);
    await Domain.remove(machine.ports, await a.version(), leaving.id);
    let coming: DomainView | undefined;
    const happens = async () => {
      coming = await add(b);
      publish(dns, coming, ({ record }) => record === "Ownership");
      // Its DKIM records are still there, so that it would be verified at once
      await run(machine.ports, order(b, coming.id));
    };
    const ports: Ports = { ...machine.ports, provider: before(machine.ports.provider, "removeIdentity", happens) };
    expect(await run(ports, order(a, leaving.id))).toEqual({ failed: [] });
    const id = coming?.id ?? "";
    expect((await get(b, id)).status).not.toBe("verified");
    expect(await isLeaving(machine.ports, name)).toBe(false);
    await later(machine, 61_000);
    publish(dns, await get(b, id));
    for (let time = 0; time < 2; time++) await later(machine, 600_000);
    expect((await get(b, id)).status).toBe("verified");
    expect(await machine.ports.provider.identity(name)).toMatchObject({ ours: true });
    expect([await tenantHas(a), await tenantHas(b), await claimed()]).toEqual([false, true, b.id]);
  });

  it("R-DOM-9 a claim that its holder has proved anew is not taken for abandoned", async () => {
    const first = await proved(a);
    await Domain.remove(machine.ports, await a.version(), first.id);
    await machine.jobs.take("provision");
    const rival = await add(b);
    publish(dns, rival, ({ record }) => record === "Ownership");
    const theirs = rival.records.find(({ record }) => record === "Ownership")?.value ?? "";
    // Between the look at who has the name, and the move of the claim
    const happens = async () => {
      const again = await add(a);
      const ours = again.records.find(({ record }) => record === "Ownership")?.value ?? "";
      dns.set(`_posthouse.${name}`, "TXT", ours, theirs);
      await run(machine.ports, order(a, again.id));
      expect((await get(a, again.id)).status).toBe("verified");
    };
    const ports: Ports = { ...machine.ports, store: before(machine.ports.store, "transact", happens) };
    await run(ports, order(b, rival.id));
    expect(await claimed()).toBe(a.id);
    await run(machine.ports, order(b, rival.id));
    expect((await get(b, rival.id)).status).not.toBe("verified");
  });

  it("R-DOM-9 a holder that publishes the token of its domain made anew keeps it, though it was not checked yet", async () => {
    const first = await proved(a);
    await Domain.remove(machine.ports, await a.version(), first.id);
    const [ours, rival] = [await add(a), await add(b)];
    await machine.jobs.take("provision");
    const tokens = [ours, rival].map(
      ({ records }) => records.find(({ record }) => record === "Ownership")?.value ?? "",
    );
    dns.set(`_posthouse.${name}`, "TXT", ...tokens);
    await run(machine.ports, order(b, rival.id));
    machine.advance(2 * 3_600_000);
    await run(machine.ports, order(b, rival.id));
    expect(await claimed()).toBe(a.id);
  });

  it("R-DOM-9 a lost domain takes the others of its name along, so that nobody sends without the claim", async () => {
    const one = await proved(a);
    const input = { name, bounce_alias: "errors", catchall_alias: "answers" };
    const { id } = await Domain.create(machine.ports, await a.version(), input);
    await run(machine.ports, order(a, id));
    expect((await get(a, id)).status).toBe("verified");
    machine.ses.control.verify(name, "FAILED");
    await run(machine.ports, order(a, one.id));
    expect(await claimed()).toBeUndefined();
    const { prepared } = await load(machine.ports, await a.version());
    expect(prepared.platform.domains.has(name)).toBe(false);
    const told = { status: "failed", status_reason: expect.stringContaining("took the verification back") };
    expect([await get(a, one.id), await get(a, id)]).toMatchObject([told, told]);
    const { items } = await machine.ports.store.query({ pk: keys.outbox(a.id, "").pk, consistent: true });
    const failed = items.map((item) => item["data"]).filter((data) => (data as { status: string }).status === "failed");
    expect(failed).toMatchObject([{ id: one.id }, { id }].toSorted((x, y) => (x.id < y.id ? -1 : 1)));
  });
});

describe("R-DOM-9 found half-done", () => {
  it("R-DOM-9 an identity that was made anew is associated anew, though DKIM was verified before and is again", async () => {
    const view = await proved(a);
    await client.send(new DeleteEmailIdentityCommand({ EmailIdentity: name }));
    await machine.ports.provider.dissociate(a.id, name);
    await machine.ports.provider.createIdentity(name, `send.${name}`);
    publish(dns, await get(a, view.id));
    machine.ses.control.verify(name);
    await run(machine.ports, order(a, view.id));
    expect(await tenantHas(a)).toBe(true);
    expect((await machine.ports.provider.identity(name))?.dkim).toBe("success");
  });
});
