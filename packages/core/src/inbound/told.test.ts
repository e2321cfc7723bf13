import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { arrive, letter } from "../../../../test/support/inbound.ts";
import { written } from "../../../../test/support/taking.ts";
import { makeHook, pump } from "../../../../test/support/webhooks.ts";
import * as Alias from "../alias/alias.ts";
import { run } from "./batch.ts";
import { list } from "./list.ts";

let env: TestPorts;
let db: TestDatabase;
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
});
afterAll(() => env.close());

it("R-IN-6 mail that is kept is told of as `email.received`, once, without its content", async () => {
  const one = await makeHook(env.ports, db.id, { events: ["email.received"] });
  const incoming = { to: ["sales@company-name.posthouse.test"], raw: letter("told") };
  for (let n = 0; n < 2; n++) expect(await run(env.ports, [await arrive(env, incoming)])).toEqual({ failed: [] });
  await pump(env, env.ports);
  const [kept] = (await list(env.ports, db.id, { limit: 10 })).data;
  expect(one.received.map(({ json }) => json)).toEqual([
    {
      type: "email.received",
      created_at: kept?.received_at,
      data: {
        received_id: kept?.id,
        created_at: kept?.received_at,
        status: "rejected",
        from: '"Mary" <mary@customer.example>',
        to: incoming.to,
        subject: "An offer",
        message_id: "<told@customer.example>",
        in_reply_to_email: null,
      },
    },
  ]);
  await one.close();
});

it("R-IN-6 `message.received` names the author that the message has: without From, whoever the reverse-path names", async () => {
  const one = await makeHook(env.ports, db.id, { events: ["message.received"] });
  await Alias.create(env.ports, await db.version(), { name: "support", model: "helpdesk.ticket" });
  const to = ["support@company-name.posthouse.test"];
  const raw = written({ From: "" });
  await run(env.ports, [
    await arrive(env, { to, raw, envelope_from: "SRS0=HH=TT=customer.example=mary@forwarder.example" }),
  ]);
  await pump(env, env.ports);
  const author = { name: null, address: "mary@customer.example" };
  expect(one.received.map(({ json }) => json)).toMatchObject([{ type: "message.received", data: { author } }]);
  await one.close();
});
