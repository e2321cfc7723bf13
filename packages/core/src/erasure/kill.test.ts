import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { dying } from "../../../../test/support/dying.ts";
import { traces } from "../../../../test/support/traces.ts";
import { acceptAll } from "../batch/accept.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import * as Outbox from "../webhook/outbox.ts";
import { erase } from "./erasure.ts";
import { run } from "./run.ts";

const joe = "joe@example.net";
let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

/** A database with mail to the address and to others, sent and waiting, alone and in a batch, and what else names it. */
async function world(name: string) {
  const db = await makeDatabase(env.ports, { name, daily_limit: 1_000 }, { provisioned: false });
  const { store, clock } = env.ports;
  const { id } = await accept(env.ports, await db.version(), mail({ to: [joe], message_id: "<own@example.com>" }));
  const gone = { state: "sent", provider_id: "0100", reply: `250 ok ${joe}` };
  await store.write({ update: keys.emailHead(db.id, id), set: gone, remove: ["due_pk", "due_sk", "due_n"] });
  await store.write({ put: { ...keys.messageId(db.id, "0100", id) } });
  const entries = [[joe], ["ann@example.net", joe]].map((to) => mail({ to, text: "Hi." }));
  const { accepted } = await acceptAll(env.ports, await db.version(), entries, false);
  await store.write(Outbox.put(db.id, { id: "e1", type: "email.sent", data: { to: [joe] } }, clock.now()));
  await store.write({ put: { ...keys.sender(db.id, joe), template_at: 0 } });
  return { db, shared: accepted[1]?.id ?? "" };
}

/** The process that erases dies behind so many writes; whoever goes on is to leave nothing undone. */
async function killed(calls: number): Promise<boolean> {
  const { db, shared } = await world(`kill${calls}`);
  const process = dying(env.ports, calls, "before");
  const asked = await erase(process.ports, await db.version(), { address: joe }).catch(() => undefined);
  await goOn(db);
  if (!asked && (await erasures(db)).length === 0) await erase(env.ports, await db.version(), { address: joe });
  expect((await erasures(db)).map(({ status }) => status)).toEqual(["done"]);
  expect(await traces(env, db.id, joe)).toEqual([]);
  const { text, to, recipients } = await get(env.ports, db.id, shared);
  expect([text, to, recipients.map(({ state }) => state)]).toEqual([
    "Hi.",
    ["ann@example.net"],
    ["queued", "canceled"],
  ]);
  // The one that was sent, and Ann's
  expect((await usage(env.ports, await db.version())).used).toBe(2);
  return process.writes() <= calls;
}

const erasures = async ({ id }: TestDatabase) =>
  (await env.ports.store.query({ pk: keys.version(id).pk, prefix: keys.erasurePrefix })).items;

/** What the tick does once it is due, without the erasures of the other databases. */
async function goOn(db: TestDatabase): Promise<void> {
  for (const { id } of await erasures(db)) await run(env.ports, db.id, String(id), Number.POSITIVE_INFINITY);
}

describe("an erasure that is killed", () => {
  it("between any two of its writes leaves nothing undone: whoever goes on finds it, the others have their mail", async () => {
    let calls = 0;
    while (!(await killed(calls))) calls++;
    // Order and steps alone are ten: the fixture must have been worked on
    expect(calls).toBeGreaterThan(20);
  }, 120_000);
});
