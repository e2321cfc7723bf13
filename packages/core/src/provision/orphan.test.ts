import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { later } from "../../../../test/support/domain.ts";
import { leftovers } from "../../../../test/support/leftovers.ts";
import { run } from "../database/provision.ts";
import { remove as removeDatabase } from "../database/remove.ts";
import * as Domain from "../domain/domain.ts";
import type { Job } from "../job.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Provider } from "../ports/provider.ts";
import { withdraw } from "./release.ts";

const minute = 60_000;
let machine: TestPorts;
let db: TestDatabase;
let id: string;
let name: string;
let ordered: Job[];
let made = 0;
beforeAll(async () => {
  const nothing = async () => [];
  machine = await startTestPorts({ ports: { dns: { txt: nothing, cname: nothing, mx: nothing, addresses: nothing } } });
});
beforeEach(async () => {
  name = `orphan${made++}.com`;
  db = await makeDatabase(machine.ports, { name: `parent${made}` });
  await machine.jobs.take("provision");
  ({ id } = await Domain.create(machine.ports, await db.version(), { name }));
  ordered = await machine.jobs.take("provision");
});
afterAll(() => machine.close());

/** Ports in which something happens just before an identity is made, and the first removal of one fails. */
function broken(happens: () => Promise<unknown>): Ports {
  let failures = 1;
  const { provider } = machine.ports;
  const createIdentity: typeof provider.createIdentity = async (...args) => {
    await happens();
    return provider.createIdentity(...args);
  };
  const removeIdentity: typeof provider.removeIdentity = async (domain) => {
    if (failures-- > 0) throw new Error("Too Many Requests");
    return provider.removeIdentity(domain);
  };
  const overrides = new Map<unknown, unknown>(Object.entries({ createIdentity, removeIdentity }));
  const get = (target: Provider, key: string | symbol) => overrides.get(key) ?? Reflect.get(target, key);
  return { ...machine.ports, provider: new Proxy(provider, { get }) };
}
/** The identity, and what is noted of the name. */
const left = async () => (await leftovers(machine, name)).filter((each) => /^identity|^DOM#/.test(each));
const orphan = () => expect.arrayContaining([`identity ${name}`]);

const deletions = [
  ["its database", () => removeDatabase(machine.ports, `parent${made}`)],
  ["the domain", async () => Domain.remove(machine.ports, await db.version(), id)],
] as const;

describe("R-DOM-9 an identity that is made while the domain is deleted", () => {
  it.each(deletions)("R-DOM-9 goes by the same order, come again, when %s was deleted", async (_, deleted) => {
    const gone = async () => {
      await deleted();
      await run(machine.ports, await machine.jobs.take("provision"));
    };
    expect((await run(broken(gone), ordered)).failed).toHaveLength(1);
    expect(await left()).toEqual(orphan());
    expect(await run(machine.ports, ordered)).toEqual({ failed: [] });
    expect(await left()).toEqual([]);
  });

  it("R-DOM-9 goes by the tick, when the order does not come again", async () => {
    await run(
      broken(() => removeDatabase(machine.ports, `parent${made}`)),
      ordered,
    );
    expect(await left()).toEqual(orphan());
    await later(machine, 6 * minute);
    await later(machine, 6 * minute);
    expect(await left()).toEqual([]);
  });

  it("R-DOM-9 a domain that begins anew after its leaving failed keeps its identity, and the note of that goes", async () => {
    await run(machine.ports, ordered);
    const key = keys.domainRelease(name, db.id, id);
    const seeker = keys.domainSeeker(name, db.id, id);
    await machine.ports.store.write({ delete: seeker });
    const ports = broken(async () => {});
    const leaving = withdraw(ports, { database: db.id, id, name, state: "removed" });
    await expect(leaving).rejects.toThrow("Too Many Requests");
    await machine.ports.store.write({ put: { ...seeker, database: db.id } });
    await later(machine, 6 * minute);
    expect(await machine.ports.store.get(key, { consistent: true })).toBeUndefined();
    expect(await machine.ports.provider.identity(name)).not.toBeNull();
  });
});
