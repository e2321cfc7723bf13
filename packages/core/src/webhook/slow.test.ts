import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import { status } from "../../../../test/support/receiver.ts";
import { makeHook, tell } from "../../../../test/support/webhooks.ts";
import { run } from "./batch.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

it("a receiver that takes 3 s for each gets a burst of 16 in one round: whoever waits for a place stays", async () => {
  const db = await makeDatabase(env.ports, {}, { provisioned: false });
  const one = await makeHook(env.ports, db.id, {
    how: (response, received, n) => void setTimeout(() => status(200)(response, received, n), 3_000),
  });
  for (let n = 0; n < 16; n++) await tell(env.ports, db.id, `em_${n}`);
  const poller = async () => {
    for (;;) {
      const taken = await env.jobs.take("webhook", 10);
      if (taken.length === 0) return;
      await run(env.ports, taken);
    }
  };
  await Promise.all(Array.from({ length: 8 }, poller));
  await one.close();
  expect(one.received).toHaveLength(16);
}, 120_000);
