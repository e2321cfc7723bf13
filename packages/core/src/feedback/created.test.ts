import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { accept } from "../email/accept.ts";
import * as keys from "../keys.ts";
import { create } from "../webhook/create.ts";
import { apply } from "./apply.ts";

let env: TestPorts;
let db: TestDatabase;
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
});
afterAll(() => env.close());

const outbox = async () => (await env.ports.store.query({ pk: keys.outbox(db.id, "").pk, consistent: true })).items;

it("`created_at` of a webhook event is when it happened, and never to come", async () => {
  await create(env.ports, db.id, {
    endpoint: "https://hooks.example.com/",
    events: ["email.delivered", "email.complained"],
  });
  const { id } = await accept(env.ports, await db.version(), mail());
  await deliver(env);
  const sent = env.ports.clock.now();
  env.advance(7_200_000);
  const address = "customer@example.net";
  const at = new Date(sent + 60_000).toISOString();
  await apply(env.ports, { database: db.id, id }, [{ address, kind: "delivered", dedupe: "d", at }]);
  const ahead = new Date(sent + 86_400_000).toISOString();
  await apply(env.ports, { database: db.id, id }, [{ address, kind: "complained", dedupe: "c", at: ahead }]);
  const of = async (name: string) => (await outbox()).find(({ type }) => type === name)?.["created_at"];
  expect(await of("email.delivered")).toBe(at);
  expect(Date.parse(String(await of("email.complained")))).toBeLessThanOrEqual(env.ports.clock.now());
});
