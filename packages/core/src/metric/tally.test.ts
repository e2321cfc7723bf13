import { createMetrics } from "@posthouse/aws/metrics";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase, takeEvents } from "../../../../test/support/database.ts";
import { arrive, letter } from "../../../../test/support/inbound.ts";
import { makeHook, pump, tell } from "../../../../test/support/webhooks.ts";
import { patch as patchDatabase } from "../database/patch.ts";
import { accept } from "../email/accept.ts";
import { run as takeIn } from "../inbound/batch.ts";
import { ConditionFailed } from "../ports/store.ts";
import { patch } from "../settings/patch.ts";
import { tallying } from "./tally.ts";

let env: TestPorts;
let db: TestDatabase;
let name: string;
let made = 0;
const metrics = createMetrics();
beforeAll(async () => {
  env = await startTestPorts();
  const store = tallying(env.ports.store, metrics);
  env = { ...env, ports: { ...env.ports, store, metrics } };
});
beforeEach(async () => {
  name = `counted${made++}`;
  db = await makeDatabase(env.ports, { name });
  counted();
});
afterAll(() => env.close());

/** What was counted since. */
function counted(): Record<string, unknown> {
  const [line = "{}", ...more] = metrics.flush({ stage: "s", function: "f" }, 1);
  expect(more).toEqual([]);
  const { _aws, stage: _stage, function: _of, ...values } = JSON.parse(line) as Record<string, unknown>;
  return values;
}
const simulator = (local: string) => `${local}@simulator.amazonses.com`;
async function events(): Promise<void> {
  while (env.ses.control.pending() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  while ((await takeEvents(env)) > 0);
}

it("counts what is accepted in emails, what is sent in recipients, and how long it waited", async () => {
  await accept(env.ports, await db.version(), mail({ to: [simulator("success"), simulator("success+2")] }));
  expect(counted()).toEqual({ accepted: 1 });
  env.advance(2_000);
  await deliver(env);
  const { queue_wait_ms, ...others } = counted();
  expect(others).toEqual({ sent: 2 });
  expect((queue_wait_ms as number[]).map((ms) => ms >= 2_000 && ms < 60_000)).toEqual([true]);
});

it("counts bounces and complaints by what SES tells of them", async () => {
  await accept(env.ports, await db.version(), mail({ to: [simulator("bounce")] }));
  await accept(env.ports, await db.version(), mail({ to: [simulator("complaint")] }));
  await deliver(env);
  counted();
  await events();
  expect(counted()).toEqual({ bounced: 1, complained: 1 });
});

it("counts what a full limit holds", async () => {
  await patch(env.ports, await db.version(), { on_limit: "hold" });
  await patchDatabase(env.ports, name, { daily_limit: 1 });
  await accept(env.ports, await db.version(), mail());
  counted();
  await accept(env.ports, await db.version(), mail());
  expect(counted()).toEqual({ accepted: 1, held: 1 });
});

it("counts a mail that comes in once", async () => {
  const incoming = { to: [`sales@${name}.posthouse.test`], raw: letter("counted") };
  for (const _ of [1, 2]) await takeIn(env.ports, [await arrive(env, incoming)]);
  expect(counted()).toEqual({ received: 1 });
});

it("counts deliveries to webhooks by how they end", async () => {
  const hook = await makeHook(env.ports, db.id);
  try {
    await tell(env.ports, db.id, "em_1");
    await pump(env, env.ports);
    expect(hook.received).toHaveLength(1);
    expect(counted()).toEqual({ webhook_delivered: 1 });
  } finally {
    await hook.close();
  }
});

it("counts nothing of a write that was not made", async () => {
  const put = { pk: `MAIL#${db.id}#em_x`, sk: "HEAD", state: "held" };
  const write = { put, if: "attribute_not_exists(pk)" };
  await env.ports.store.write(write);
  expect(counted()).toEqual({ accepted: 1, held: 1 });
  await expect(env.ports.store.write(write)).rejects.toThrow(ConditionFailed);
  expect(counted()).toEqual({});
});
