import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { dying } from "../../../../test/support/dying.ts";
import { status } from "../../../../test/support/receiver.ts";
import { type Hook, later, makeHook, pump, tell } from "../../../../test/support/webhooks.ts";
import * as keys from "../keys.ts";
import type { Http } from "../ports/http.ts";
import type { Ports } from "../ports/main.ts";
import { tick } from "../tick/run.ts";
import { run } from "./batch.ts";
import { remove } from "./webhook.ts";

let env: TestPorts;
let db: TestDatabase;
const hooks: Hook[] = [];
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports, {}, { provisioned: false });
});
afterEach(async () => {
  for (const hook of hooks.splice(0)) await hook.close();
});
afterAll(() => env.close());

const hook = async () => {
  const one = await makeHook(env.ports, db.id, {
    how: (response, received, n) => status(n === 1 ? 500 : 200)(response, received, n),
  });
  hooks.push(one);
  return one;
};

let events = 0;

/**
 * Tells two endpoints of an event; the process that does it dies, at the first attempts or at the second ones.
 * @returns how many writes it made
 */
async function killed(calls: number, moment: "before" | "after", attempt: 1 | 2 = 1): Promise<number> {
  const [a, b] = [await hook(), await hook()];
  await tell(env.ports, db.id, `em_${events++}`);
  if (attempt === 2) {
    await run(env.ports, await env.jobs.take("webhook"));
    env.advance(7_000);
  }
  const one = dying(env.ports, calls, moment);
  await run(one.ports, await env.jobs.take("webhook"));
  const isOver = async () =>
    [...(await a.deliveries()), ...(await b.deliveries())].every(({ status: is }) => is === "delivered");
  for (let n = 0; n < 12 && (n < 2 || !(await isOver())); n++) await later(env, 61);
  for (const { received, deliveries } of [a, b]) {
    expect(received.length).toBeGreaterThanOrEqual(2);
    expect(received.length).toBeLessThanOrEqual(4);
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(await deliveries()).toMatchObject([{ status: "delivered" }]);
  }
  const { items } = await env.ports.store.query({ pk: keys.outbox(db.id, "").pk, consistent: true });
  expect(items).toEqual([]);
  const writes = one.writes();
  for (const { id } of [a, b]) await remove(env.ports, db.id, id);
  await Promise.all(hooks.splice(0).map((each) => each.close()));
  return writes;
}

describe("a process that dies while it tells of an event", () => {
  it.each([
    [1, 9],
    [2, 6],
  ] as const)(
    "loses none for any endpoint, before or after each of its writes, and its id stays: attempt %i",
    async (attempt, least) => {
      const writes = await killed(1_000, "before", attempt);
      expect(writes).toBeGreaterThanOrEqual(least);
      for (let calls = 0; calls < writes; calls++)
        for (const moment of ["before", "after"] as const) await killed(calls, moment, attempt);
    },
    120_000,
  );

  it("each time it tries leaves the delivery to the next, until it is given up", async () => {
    const one = await hook();
    await tell(env.ports, db.id, `em_${events++}`);
    let attempts = 0;
    // Each lives until it would write what became of its attempt
    const dead = (writes: number) => {
      const { ports } = dying(env.ports, writes, "before");
      const request: Http["request"] = (asked) => {
        attempts++;
        return env.ports.http.request(asked);
      };
      return { ...ports, http: { ...env.ports.http, request } };
    };
    for (let n = 0; n < 48 * 2; n++) {
      await run(dead(n === 0 ? 2 : 1), await env.jobs.take("webhook"));
      env.advance(1_800_000);
      await tick(env.ports);
    }
    const [found] = await one.deliveries();
    expect(found).toMatchObject({ status: "failed", next_attempt_at: null });
    expect(found?.attempts).toMatchObject([{ error: expect.stringContaining("given up") }]);
    expect(attempts).toBeGreaterThan(2);
    expect(attempts).toBeLessThanOrEqual(12);
    await remove(env.ports, db.id, one.id);
  }, 120_000);
});

describe("an attempt that fails on this side", () => {
  it("each time is given up after its attempts, and says nothing of the endpoint", async () => {
    const one = await hook();
    await tell(env.ports, db.id, `em_${events++}`);
    let attempts = 0;
    const request = () => {
      attempts++;
      return Promise.reject(new Error("killed"));
    };
    const broken: Ports = { ...env.ports, http: { ...env.ports.http, request } };
    await pump(env, broken);
    for (let n = 0; n < 48 * 2; n++) await later(env, 1_800, broken);
    const [found] = await one.deliveries();
    expect(found).toMatchObject({ status: "failed", next_attempt_at: null });
    expect(found?.attempts).toHaveLength(attempts);
    expect(await one.record()).toMatchObject({ status: "enabled", failing_since: null });
    await remove(env.ports, db.id, one.id);
  }, 120_000);
});
