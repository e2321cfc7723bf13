import { ListResourceTenantsCommand } from "@aws-sdk/client-sesv2";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { type DomainMachine, later, provisionAll, publish, startDomains } from "../../../../test/support/domain.ts";
import { dying } from "../../../../test/support/dying.ts";
import { arrive, letter } from "../../../../test/support/inbound.ts";
import { remove as removeDatabase } from "../database/remove.ts";
import * as Check from "../domain/check.ts";
import * as Claim from "../domain/claim.ts";
import * as Domain from "../domain/domain.ts";
import * as Former from "../domain/former.ts";
import { mark } from "../domain/use.ts";
import { verify } from "../domain/verify.ts";
import { run } from "../inbound/batch.ts";
import { find } from "../inbound/owner.ts";
import * as keys from "../keys.ts";
import { release } from "./release.ts";

const dayMs = 86_400_000;
let started: DomainMachine;
let db: TestDatabase;
let database: string;
let name: string;
let made = 0;
beforeAll(async () => {
  started = await startDomains();
});
beforeEach(async () => {
  name = `kept${made++}.com`;
  database = `keeper${made}`;
  db = await makeDatabase(started.machine.ports, { name: database });
});
afterAll(() => started.close());

/** A verified domain. */
async function proved(of = db, input: Domain.DomainInput = {}): Promise<string> {
  const { machine, dns } = started;
  const { id } = await Domain.create(machine.ports, await of.version(), { name, ...input });
  await provisionAll(machine);
  publish(dns, await Domain.get(machine.ports, await of.version(), id));
  machine.advance(11_000);
  await verify(machine.ports, await of.version(), id);
  await provisionAll(machine);
  expect((await Domain.get(machine.ports, await of.version(), id)).status).toBe("verified");
  return id;
}
/** The same, that mail went out by. */
async function used(): Promise<string> {
  const id = await proved();
  await mark(started.machine.ports, db.id, id);
  return id;
}
async function remove(id: string, input: Pick<Domain.DomainInput, "keep_old"> = {}, of = db): Promise<void> {
  await Domain.remove(started.machine.ports, await of.version(), id, input);
  await provisionAll(started.machine);
}
async function tenants(): Promise<(string | undefined)[]> {
  const ResourceArn = `arn:aws:ses:us-east-1:000000000000:identity/${name}`;
  const { ResourceTenants = [] } = await started.client.send(new ListResourceTenantsCommand({ ResourceArn }));
  return ResourceTenants.map(({ TenantName }) => TenantName);
}
/** What there is of the name: whose it is, whether SES receives its mail and whose mail that is. */
async function standing() {
  const { ports, ses } = started.machine;
  const { owners } = await find(ports, [`catchall@${name}`]);
  return {
    holder: (await Claim.read(ports, name))?.database,
    sought: await Claim.isSought(ports, name),
    identity: (await ports.provider.identity(name)) !== null,
    receives: ses.control.receives(name),
    owner: owners[0]?.version.id,
  };
}
const kept = () => ({ holder: db.id, sought: true, identity: true, receives: true, owner: db.id });
const nothing = { holder: undefined, sought: false, identity: false, receives: false, owner: undefined };
const received = async () =>
  (await started.machine.ports.store.query({ pk: keys.received(db.id, "").pk, consistent: true })).items.length;

describe("R-DOM-7 former addresses of a deleted domain", () => {
  it("R-DOM-7 their mail comes in over its own MX for 400 days, and nothing is sent with it", async () => {
    const { machine } = started;
    const id = await used();
    expect(await tenants()).toEqual([db.id]);
    await remove(id);
    expect(await standing()).toEqual(kept());
    expect(await tenants()).toEqual([]);
    const job = await arrive(machine, { to: [`catchall@${name}`], raw: letter("old") });
    expect(await run(machine.ports, [job])).toEqual({ failed: [] });
    expect(await received()).toBe(1);
    await later(machine, 2 * dayMs);
    await later(machine, 397 * dayMs);
    expect(await standing()).toEqual(kept());
    await later(machine, 1.1 * dayMs);
    expect(await standing()).toEqual(nothing);
    expect(await machine.ports.store.get(keys.domainCheck(db.id, id), { consistent: true })).toBeUndefined();
  });

  it("R-DOM-7 with keep_old: false it goes at once, whatever earlier changes had kept", async () => {
    const id = await used();
    const version = await db.version();
    for (let n = 0; n < 8; n++) await Domain.patch(started.machine.ports, version, id, { default_from: `hello-${n}` });
    await remove(id, { keep_old: false });
    expect(await standing()).toEqual(nothing);
  });

  it("R-DOM-7 one that never sent nor received goes at once", async () => {
    await remove(await proved());
    expect(await standing()).toEqual(nothing);
  });

  it("R-DOM-7 another database that proves it has it, and keeps it when the first is done with it", async () => {
    const { machine } = started;
    await remove(await used());
    const other = await makeDatabase(machine.ports, { name: `${database}b` });
    const id = await proved(other);
    await mark(machine.ports, other.id, id);
    const theirs = { ...kept(), holder: other.id, owner: other.id };
    expect(await standing()).toEqual(theirs);
    await later(machine, 1.1 * dayMs);
    expect([await standing(), await tenants()]).toEqual([theirs, [other.id]]);
    await remove(id, {}, other);
    expect(await standing()).toEqual(theirs);
    await later(machine, 401 * dayMs);
    expect(await standing()).toEqual(nothing);
  });

  it("R-DOM-7 a domain of another database that ends takes the identity from nobody's old mail", async () => {
    const { machine } = started;
    const other = await makeDatabase(machine.ports, { name: `${database}b` });
    await remove(await used());
    const { id } = await Domain.create(machine.ports, await other.version(), { name });
    await provisionAll(machine);
    await remove(id, {}, other);
    expect(await standing()).toEqual(kept());
  });

  it("R-DOM-7 made anew meanwhile it is verified and sends, and the old one's end changes nothing of that", async () => {
    const { machine } = started;
    await remove(await used());
    const id = await proved(db, { catchall_alias: "answers" });
    await later(machine, 1.1 * dayMs);
    expect([await standing(), await tenants()]).toEqual([kept(), [db.id]]);
    await later(machine, 401 * dayMs);
    expect((await Domain.get(machine.ports, await db.version(), id)).status).toBe("verified");
    expect([await standing(), await tenants()]).toEqual([kept(), [db.id]]);
    await remove(id);
    expect(await standing()).toEqual(nothing);
  });

  it("R-DOM-7 made anew, it is proved by what was published for the old one", async () => {
    const { machine } = started;
    await remove(await used());
    const { id } = await Domain.create(machine.ports, await db.version(), { name, catchall_alias: "answers" });
    await provisionAll(machine);
    for (let day = 0; day < 6; day++) await later(machine, dayMs);
    expect((await Domain.get(machine.ports, await db.version(), id)).status).toBe("verified");
    expect((await Former.list(machine.ports, db.id)).map(({ address }) => address)).toEqual([`catchall@${name}`]);
    expect([await standing(), await tenants()]).toEqual([kept(), [db.id]]);
  });

  it.each([{}, { catchall_alias: "answers" }])(
    "R-DOM-7 made anew (%j) and never proved, it is lost and rests, and its old mail comes in for 400 days",
    async (input) => {
      const { machine, dns } = started;
      const old = await used();
      await remove(old);
      dns.set(`_posthouse.${name}`, "TXT");
      const { id } = await Domain.create(machine.ports, await db.version(), { name, ...input });
      await provisionAll(machine);
      const reason = async () => (await Check.read(machine.ports, db.id, id))?.refusal;
      for (let day = 0; day < 4; day++) await later(machine, dayMs);
      for (let day = 0; day < 5; day++) {
        expect([await reason(), await standing(), await tenants()]).toEqual(["lost", kept(), []]);
        await later(machine, dayMs);
      }
      for (let days = 0; days < 25; days += 5) await later(machine, 5 * dayMs);
      expect([await reason(), await standing(), await tenants()]).toEqual(["resting", kept(), []]);
      await later(machine, 367 * dayMs);
      expect([await reason(), await standing()]).toEqual(["resting", nothing]);
      expect(await machine.ports.store.get(keys.domainCheck(db.id, old), { consistent: true })).toBeUndefined();
    },
  );

  it("R-DOM-9 what a deleted domain keeps is no right of one that was lost: it ends with the old addresses", async () => {
    const { machine, dns } = started;
    await remove(await used());
    dns.set(`_posthouse.${name}`, "TXT");
    machine.advance(390 * dayMs);
    const { id } = await Domain.create(machine.ports, await db.version(), { name });
    await provisionAll(machine);
    for (let day = 0; day < 4; day++) await later(machine, dayMs);
    expect([(await Check.read(machine.ports, db.id, id))?.refusal, await standing()]).toEqual(["lost", kept()]);
    for (let day = 0; day < 8; day++) await later(machine, dayMs);
    expect(await standing()).toMatchObject({ holder: undefined, owner: undefined });
  });

  it("R-DOM-7 of two of one name that are deleted one after the other the addresses of both are kept", async () => {
    const { machine } = started;
    const first = await used();
    const input = { name, bounce_alias: "errors", catchall_alias: "answers" };
    const second = await Domain.create(machine.ports, await db.version(), input);
    await remove(second.id);
    await later(machine, 200 * dayMs);
    expect([await standing(), await tenants()]).toEqual([kept(), [db.id]]);
    await remove(first);
    await later(machine, 399 * dayMs);
    expect(await standing()).toEqual(kept());
    await later(machine, 2 * dayMs);
    expect(await standing()).toEqual(nothing);
  });

  it("R-DOM-7 a database that is deleted keeps nothing", async () => {
    await remove(await used());
    expect(await removeDatabase(started.machine.ports, database)).toBe(true);
    expect(await standing()).toEqual(nothing);
  });

  it.each(["before", "after"] as const)(
    "R-DOM-7 cut short %s any write, it is kept and ends as ever",
    async (moment) => {
      const { machine } = started;
      const id = await used();
      await Domain.remove(machine.ports, await db.version(), id);
      const check = { database: db.id, id, name };
      const until = async (over: boolean) => {
        for (let calls = 0; ; calls++) {
          const { ports, writes } = dying(machine.ports, calls, moment);
          const outcome = await release(ports, check).then(
            () => "done",
            () => "died",
          );
          if (!over) expect(await standing()).toEqual(kept());
          if (outcome === "done") return writes();
        }
      };
      expect(await until(false)).toBeGreaterThan(2);
      expect(await tenants()).toEqual([]);
      machine.advance(401 * dayMs);
      expect(await until(true)).toBeGreaterThan(3);
      expect(await standing()).toEqual(nothing);
      await provisionAll(machine);
    },
  );
});
