import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { type Answer, hang, status } from "../../../../test/support/receiver.ts";
import { type Hook, impatient, later, makeHook, pump, tell } from "../../../../test/support/webhooks.ts";
import { list as auditOf } from "../audit/list.ts";
import type { Ports } from "../ports/main.ts";
import * as Context from "./context.ts";
import { take } from "./deliver.ts";
import { replay, replayFailed } from "./replay.ts";
import { attempts } from "./schedule.ts";
import { patch } from "./webhook.ts";

let env: TestPorts;
let ports: Ports;
let db: TestDatabase;
let one: Hook;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
  ports = env.ports;
});
beforeEach(async () => {
  db = await makeDatabase(ports, { name: `life${made++}` }, { provisioned: false });
});
afterEach(() => one.close());
afterAll(() => env.close());

const hour = 3_600;
const hook = async (how: Answer) => (one = await makeHook(ports, db.id, { how }));
const only = async () => {
  const [delivery] = await one.deliveries();
  if (!delivery) throw new Error("there is a delivery");
  return delivery;
};

/** Goes from one attempt to the next until there is none. */
async function untilOver(): Promise<void> {
  for (let n = 0; n < 200; n++) {
    const next = (await one.deliveries()).flatMap(({ next_attempt_at }) =>
      next_attempt_at === null ? [] : [Date.parse(next_attempt_at)],
    );
    if (next.length === 0) return;
    await later(env, Math.max(1, (Math.min(...next) - ports.clock.now()) / 1000 + 1));
  }
  throw new Error("it does not end");
}

describe("a delivery that is never taken", () => {
  it("is tried for 24 hours at least, the same id each time; then it has failed, and can be replayed", async () => {
    await hook(status(503));
    const start = ports.clock.now();
    await tell(ports, db.id, "em_1");
    await pump(env, ports);
    await untilOver();
    expect(one.received).toHaveLength(attempts);
    expect(new Set(one.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    const failed = await only();
    expect(failed).toMatchObject({ status: "failed", next_attempt_at: null });
    expect(failed.attempts).toHaveLength(attempts);
    expect(Date.parse(failed.attempts.at(-1)?.at ?? "") - start).toBeGreaterThanOrEqual(24 * hour * 1000);
    expect((await one.record()).status).toBe("enabled");

    one.answer(status(200));
    const endpoint = await one.record();
    expect(await replay(ports, endpoint, failed.id)).toMatchObject({ id: failed.id, status: "pending" });
    await pump(env, ports);
    expect(one.received.at(-1)?.headers["webhook-id"]).toBe(failed.event);
    expect(await only()).toMatchObject({ status: "delivered" });
    expect(await replayFailed(ports, endpoint)).toEqual({ count: 0, has_more: false });
  });

  it("whose time is over while its endpoint is left alone has failed too: none waits for ever", async () => {
    await hook(hang);
    await tell(ports, db.id, "em_1");
    await pump(env, impatient(ports));
    const { id } = await only();
    env.advance(37 * hour * 1000);
    const context = Context.create(ports);
    expect(await take(ports, context, { database: db.id, owner: db.id, endpoint: one.id, id })).toBeUndefined();
    expect(await only()).toMatchObject({ status: "failed", next_attempt_at: null });
    expect((await only()).attempts.at(-1)?.error).toContain("given up");
    expect(one.received).toHaveLength(1);
  });
});

describe("an endpoint whose every delivery failed", () => {
  it("for three days is disabled, with the reason, in the audit trail too", async () => {
    await hook(status(500));
    const days = async (count: number) => {
      for (let n = 0; n < count; n++) {
        await tell(ports, db.id, `em_${ports.clock.now()}`);
        await pump(env, ports);
        await later(env, 24 * hour);
      }
    };
    await days(2);
    await untilOver();
    expect((await one.record()).status).toBe("enabled");
    await days(2);
    await untilOver();
    expect(await one.record()).toMatchObject({ status: "disabled", disabled_reason: "failing" });
    const { data } = await auditOf(ports, db.id, { limit: 1 });
    expect(data).toMatchObject([
      {
        actor: null,
        changes: [{ noun: "webhook", id: one.id, after: { status: "disabled", disabled_reason: "failing" } }],
      },
    ]);
    const endpoint = await one.record();
    await expect(replayFailed(ports, endpoint)).rejects.toMatchObject({ name: "conflict" });
    await expect(replay(ports, endpoint, (await one.deliveries())[0]?.id ?? "")).rejects.toMatchObject({
      name: "conflict",
    });
    expect(await patch(ports, db.id, one.id, { status: "enabled" })).toMatchObject({ failing_since: null });
  });

  it("is not disabled where one got through in between", async () => {
    await hook((response, received, n) => status(n === 6 ? 200 : 500)(response, received, n));
    for (let n = 0; n < 3; n++) {
      await tell(ports, db.id, `em_${n}`);
      await pump(env, ports);
      await untilOver();
      if (n === 0) expect(one.received).toHaveLength(6);
    }
    expect(await one.record()).toMatchObject({ status: "enabled", failing_since: expect.any(String) });
    const since = Date.parse((await one.record()).failing_since ?? "");
    expect(since).toBeGreaterThan(Date.parse((await one.deliveries()).at(-1)?.attempts.at(-1)?.at ?? ""));
  });
});

describe("replaying all", () => {
  it("takes what has failed since a moment, a hundred a call, oldest first", async () => {
    await hook(status(200));
    const ids: string[] = [];
    for (let n = 0; n < 130; n++) await tell(ports, db.id, `em_${String(n).padStart(3, "0")}`);
    one.answer(status(410));
    await pump(env, ports);
    await patch(ports, db.id, one.id, { status: "enabled" });
    for (const { id, status: is } of await one.deliveries()) if (is === "failed") ids.push(id);
    const endpoint = await one.record();
    one.answer(status(200));
    expect(await replayFailed(ports, endpoint, new Date(ports.clock.now() + 1000).toISOString())).toEqual({
      count: 0,
      has_more: false,
    });
    const first = await replayFailed(ports, endpoint);
    expect(first).toEqual({ count: Math.min(100, ids.length), has_more: ids.length > 100 });
    await pump(env, ports);
    const second = await replayFailed(ports, endpoint);
    expect(first.count + second.count).toBe(ids.length);
    await pump(env, ports);
    const left = (await one.deliveries()).filter((each) => each.status !== "delivered");
    expect(left).toEqual([]);
  });
});
