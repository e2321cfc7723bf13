import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import { hang } from "../../../../test/support/receiver.ts";
import { type Hook, makeHook, tell } from "../../../../test/support/webhooks.ts";
import { run } from "./batch.ts";

let env: TestPorts;
const hooks: Hook[] = [];
beforeAll(async () => {
  env = await startTestPorts();
});
afterEach(async () => {
  for (const hook of hooks.splice(0)) await hook.close();
});
afterAll(() => env.close());

describe("an endpoint that hangs", () => {
  it("has few attempts at a time; a flood for it keeps nothing of another database waiting", async () => {
    const { ports, jobs } = env;
    const [a, b] = [
      await makeDatabase(ports, { name: "flood" }, { provisioned: false }),
      await makeDatabase(ports, { name: "quiet" }, { provisioned: false }),
    ];
    const [hanging, quick] = [await makeHook(ports, a.id, { how: hang }), await makeHook(ports, b.id)];
    hooks.push(hanging, quick);
    for (let n = 0; n < 40; n++) await tell(ports, a.id, `em_${n}`);
    for (let n = 0; n < 3; n++) await tell(ports, b.id, `em_${n}`);
    // Two batches in work, as two pollers have
    let answered = 0;
    const working: Promise<unknown>[] = [];
    for (let n = 0; n < 2; n++) working.push(run(ports, await jobs.take("webhook", 10)).finally(() => answered++));
    await expect.poll(() => quick.received.length, { timeout: 10_000 }).toBe(3);
    // In both there is some of A's
    expect(answered).toBe(0);
    expect(hanging.received.length).toBeLessThanOrEqual(4);
    await hanging.close();
    await Promise.all(working);
  });
});
