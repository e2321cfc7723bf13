import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { deliver, mail, makeDatabase } from "../../../../test/support/database.ts";
import * as Domain from "../domain/domain.ts";
import { accept } from "../email/accept.ts";
import { settle } from "../feedback/settle.ts";
import * as keys from "../keys.ts";
import { patch as patchSettings } from "../settings/patch.ts";
import { list } from "./list.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

async function setUp() {
  const name = `senders${made++}`;
  const db = await makeDatabase(env.ports, { name });
  const D = `${name}.posthouse.test`;
  const send = async (changes: Parameters<typeof mail>[0]) => {
    await accept(env.ports, await db.version(), mail(changes));
    await deliver(env);
  };
  const found = async () => list(env.ports, await db.version());
  return { db, D, send, found };
}

it("R-ADDR-3 bounce and default-from of each alias domain, admin and bot, whole and apart", async () => {
  const { db, D, found } = await setUp();
  await Domain.create(env.ports, await db.version(), { name: "company.com", default_from: "hello" });
  expect(await found()).toEqual([
    { address: "bounce@company.com", local_part: "bounce", domain: "company.com", used_for: ["bounce"] },
    { address: "hello@company.com", local_part: "hello", domain: "company.com", used_for: ["default_from"] },
    { address: `bounce@${D}`, local_part: "bounce", domain: D, used_for: ["bounce"] },
    { address: `notifications@${D}`, local_part: "notifications", domain: D, used_for: ["default_from"] },
    { address: `admin@${D}`, local_part: "admin", domain: D, used_for: ["admin"] },
    { address: `odoobot@${D}`, local_part: "odoobot", domain: D, used_for: ["bot"] },
  ]);
});

it("R-ADDR-3 what went out unchanged counts for 90 days, what was replaced never, what the settings list always", async () => {
  const { db, D, send, found } = await setUp();
  await patchSettings(env.ports, await db.version(), { sender_addresses: [`Sales@${D}`, "soon@company.com"] });
  await send({ from: `"News" <News@${D}>`, kind: "mass" });
  await send({ from: `sales@${D}` });
  await send({ from: `sales@${D}`, kind: "mass" });
  await send({ from: "mary@customer.example.com" });
  await send({});
  const used = async () =>
    (await found()).filter(({ local_part }) => !["bounce", "notifications", "admin", "odoobot"].includes(local_part));
  expect((await used()).map(({ address, used_for }) => [address, used_for])).toEqual([
    [`news@${D}`, ["campaign"]],
    [`sales@${D}`, ["campaign", "template", "listed"]],
    ["soon@company.com", ["listed"]],
  ]);
  env.advance(91 * 86_400_000);
  await send({ from: `sales@${D}` });
  expect((await used()).map(({ address, used_for }) => [address, used_for])).toEqual([
    [`sales@${D}`, ["template", "listed"]],
    ["soon@company.com", ["listed"]],
  ]);
});

it("R-ADDR-3 is written once a day for an address, and of this database alone", async () => {
  const { db, D, send } = await setUp();
  const other = await setUp();
  const before = await env.ports.store.get(keys.sender(db.id, `a@${D}`));
  expect(before).toBeUndefined();
  await send({ from: `a@${D}` });
  const first = await env.ports.store.get(keys.sender(db.id, `a@${D}`));
  await send({ from: `a@${D}` });
  expect(await env.ports.store.get(keys.sender(db.id, `a@${D}`))).toEqual(first);
  env.advance(86_400_000);
  await send({ from: `a@${D}` });
  expect(await env.ports.store.get(keys.sender(db.id, `a@${D}`))).not.toEqual(first);
  expect(JSON.stringify(await other.found())).not.toContain(`a@${D}`);
});

it("R-ADDR-3 mail whose answer was lost counts once an event says that it went out", async () => {
  const { db, D, found } = await setUp();
  const sent_at = new Date(env.ports.clock.now()).toISOString();
  const campaigns = async () =>
    (await found()).filter(({ used_for }) => used_for.includes("campaign")).map(({ address }) => address);
  for (const from of [`kept@${D}`, "mary@customer.example.com"]) {
    const told = async (...kinds: ("sent" | "failed" | "delivered")[]) => {
      const { id } = await accept(env.ports, await db.version(), mail({ from, kind: "mass" }));
      for (const kind of kinds) {
        const changes = [{ address: null, kind, at: sent_at, dedupe: kind }];
        const accepted = { at: sent_at, provider_id: `0100-${from}` };
        const failed = await settle(env.ports, db.id, [{ id, told: [{ attempt: 1, accepted, changes }] }]);
        expect(failed.size).toBe(0);
      }
    };
    const before = await campaigns();
    await told("failed");
    expect(await campaigns()).toEqual(before);
    await told("delivered", "sent");
  }
  expect(await campaigns()).toEqual([`kept@${D}`]);
  await env.jobs.take("mass");
});
