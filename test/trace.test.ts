import { createApp } from "@posthouse/api/app";
import { createClients } from "@posthouse/aws/clients";
import { headerOf as originOf } from "@posthouse/aws/origin";
import { createPorts } from "@posthouse/aws/ports";
import { consume } from "@posthouse/aws/sqs-event";
import { traced } from "@posthouse/aws/trace";
import { run } from "@posthouse/core/dispatch/batch";
import { awsConfig } from "@posthouse/local/services";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "./support/database.ts";
import { carrying, type Daemon, headerOf, startDaemon, traceOf } from "./support/xray.ts";

/** A trace from the API over the queue and dispatch to SES, as X-Ray gets to know it. */

let env: TestPorts;
let db: TestDatabase;
let daemon: Daemon;
beforeAll(async () => {
  [env, daemon] = await Promise.all([startTestPorts(), startDaemon()]);
  db = await makeDatabase(env.ports);
});
afterAll(async () => {
  await daemon.close();
  await env.close();
});

it("one trace goes from each request over the queue and dispatch to SES, whatever else is in its batch", async () => {
  let header: string | undefined;
  const tracing = { header: () => header, origin: originOf, daemon: daemon.place };
  const config = { ...awsConfig(env.services, env.ports.operator, true), tracing };
  const clients = createClients(config, 5_000);
  const take = carrying(clients);
  // As a function has them: the clock and the log are the test's
  const ports = createPorts(config, { clients, clock: env.ports.clock, log: env.ports.log });
  const app = createApp({ ...ports, operatorKey: "k" });
  const send = async (to: string): Promise<string> => {
    const answer = await app.request("/v1/emails", {
      method: "POST",
      headers: { authorization: `Bearer ${db.key}`, "content-type": "application/json" },
      body: JSON.stringify({ from: "a@company-name.posthouse.test", to, subject: "Planted subject", text: "x" }),
    });
    return ((await answer.json()) as { id: string }).id;
  };
  const emails: string[] = [];
  for (const value of [headerOf("a"), headerOf("b"), headerOf("c", false)]) {
    header = value;
    emails.push(await send(`${emails.length}@b.example`));
  }
  // Lambda gives the batch a trace of its own, and links it to those of its messages
  header = headerOf("d");
  const batch = await take(config.resources.queues.dispatch);
  expect(batch.Records).toHaveLength(3);
  expect(await consume((jobs) => run(ports, jobs))(batch)).toEqual({ batchItemFailures: [] });
  const found = (await daemon.segments(5)).map(({ trace_id, parent_id, annotations }) =>
    [annotations["email"], trace_id, parent_id].join(),
  );
  const [first, second] = emails;
  const inTrace = (digit: string, email = "") => [email, traceOf(digit), digit.repeat(16)].join();
  const batched = emails.map((email) => inTrace("d", email));
  expect(found.toSorted()).toEqual([inTrace("a", first), inTrace("b", second), ...batched].toSorted());
  expect(daemon.heard.join()).not.toMatch(/@|Planted/);
  for (const client of Object.values(clients)) client.destroy();
});

it("a hand-over in the trace of its own message is told once", async () => {
  daemon.heard.length = 0;
  const accepted = { outcome: "accepted", reply: "", provider_id: "p", recipients: [] } as const;
  const header = () => headerOf("e");
  const mailer = traced({ send: async () => accepted }, { header, origin: header, daemon: daemon.place });
  const message = { mime: Buffer.from(""), envelope_from: "", recipients: [], from_address: "" };
  await mailer.send({ ...message, tenant: "t", configuration_set: "c", tags: { posthouse_email: "em_1" } });
  await mailer.send({ ...message, tenant: "t", configuration_set: "c", tags: { posthouse_email: "em_2" } });
  const emails = (await daemon.segments(2)).map(({ annotations }) => annotations["email"]);
  expect(new Set(emails)).toEqual(new Set(["em_1", "em_2"]));
});
