import type { TestPorts } from "@posthouse/local/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import type { TestDatabase } from "../../../../test/support/database.ts";
import { beginFresh } from "../../../../test/support/fresh.ts";
import { type Answer, hang, startReceiver, status } from "../../../../test/support/receiver.ts";
import { impatient, later, lendHook, pump, tell } from "../../../../test/support/webhooks.ts";
import { patch } from "./webhook.ts";

let env: TestPorts;
let db: TestDatabase;
beginFresh(
  "silent",
  (fresh) => {
    ({ env, db } = fresh);
  },
  { provisioned: false },
);

const hook = (how?: Answer) => lendHook(env.ports, db.id, how);

describe("what waits for an endpoint that hangs", () => {
  it("costs less than 60 write units an event in 38 hours, and has been tried before it is given up", async () => {
    const one = await hook(hang);
    for (let n = 0; n < 50; n++) await tell(env.ports, db.id, `em_${n}`);
    await pump(env, impatient(env.ports));
    env.meter.reset();
    const [seldom, often] = [36 * 6, 2 * 60];
    for (let n = 0; n < seldom; n++) await later(env, 600, impatient(env.ports));
    // A tick lets a few of those through that were never tried: from here on as many ticks as there are
    for (let n = 0; n < often; n++) await later(env, 60, impatient(env.ports));
    // Each tick notes that it ran, whatever waits
    const writes = env.meter.read().writes - seldom - often;
    const deliveries = await one.deliveries();
    const tries = deliveries.map(({ attempts }) => attempts.filter(({ ms }) => ms > 0).length);
    expect(new Set(deliveries.map(({ status: is }) => is))).toEqual(new Set(["failed"]));
    expect(Math.min(...tries)).toBeGreaterThan(0);
    expect(writes / 50).toBeLessThan(60);
  }, 300_000);

  it("is told as soon as it answers again, without waiting for its next look", async () => {
    const one = await hook(hang);
    for (let n = 0; n < 12; n++) await tell(env.ports, db.id, `em_${n}`);
    await pump(env, impatient(env.ports));
    for (let n = 0; n < 30; n++) await later(env, 600, impatient(env.ports));
    one.answer(status(204));
    for (let n = 0; n < 12; n++) {
      await later(env, 600);
      if ((await one.record()).failing_since === null) break;
    }
    await later(env, 10);
    expect((await one.deliveries()).filter(({ status: is }) => is !== "delivered")).toEqual([]);
  }, 120_000);

  it("begins anew with another URL: it is left alone for half a minute first", async () => {
    const one = await hook(hang);
    await tell(env.ports, db.id, "em_1");
    await pump(env, impatient(env.ports));
    for (let n = 0; n < 40; n++) await later(env, 600, impatient(env.ports));
    // The receiver is replaced; the new one misses one beat, and one beat only
    const good = await startReceiver((response, received, n) =>
      n === 1 ? undefined : status(200)(response, received, n),
    );
    onTestFinished(good.close);
    await patch(env.ports, db.id, one.id, { endpoint: good.url });
    env.advance(61_000);
    await tell(env.ports, db.id, "em_2");
    await pump(env, impatient(env.ports));
    const from = env.ports.clock.now();
    const of2 = () => good.received.filter(({ json }) => json.data["email_id"] === "em_2").length;
    while (of2() < 2 && env.ports.clock.now() < from + 3 * 3_600_000) await later(env, 30, env.ports);
    const minutes = Math.round((env.ports.clock.now() - from) / 60_000);
    expect(minutes).toBeLessThanOrEqual(3);
  }, 120_000);
});
