import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { status } from "../../../../test/support/receiver.ts";
import { type Hook, later, makeHook, pump, tell } from "../../../../test/support/webhooks.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { run } from "./batch.ts";
import { eventId } from "./delivery.ts";
import { patch, rotate } from "./webhook.ts";

let env: TestPorts;
let ports: Ports;
let db: TestDatabase;
const hooks: Hook[] = [];
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
  ports = env.ports;
});
beforeEach(async () => {
  db = await makeDatabase(ports, { name: `told${made++}` }, { provisioned: false });
});
afterEach(async () => {
  for (const hook of hooks.splice(0)) await hook.close();
});
afterAll(() => env.close());

const hook = async (...[owner, options]: [Parameters<typeof makeHook>[1], Parameters<typeof makeHook>[2]?]) => {
  const one = await makeHook(ports, owner, options);
  hooks.push(one);
  return one;
};
const outbox = async () => (await ports.store.query({ pk: keys.outbox(db.id, "").pk, consistent: true })).items;

describe("an event", () => {
  it("reaches its endpoint at once, signed, with the type, the time and the ids", async () => {
    const one = await hook(db.id);
    await tell(ports, db.id, "em_1");
    expect(await pump(env, ports)).toBe(0);
    expect(one.received).toHaveLength(1);
    const [first] = one.received;
    if (!first) throw new Error("there was one");
    const { body, headers, json } = first;
    expect(json).toEqual({ type: "email.sent", created_at: expect.any(String), data: { email_id: "em_1" } });
    expect(headers["webhook-id"]).toBe(eventId(db.id, "em_1"));
    expect(headers["content-type"]).toBe("application/json");
    const verify = () => new Webhook(one.secret).verify(body, headers as Record<string, string>);
    expect(verify()).toEqual(json);
    expect(() => new Webhook(`whsec_${"A".repeat(44)}`).verify(body, headers as Record<string, string>)).toThrow();
    expect(await one.deliveries()).toMatchObject([
      { status: "delivered", next_attempt_at: null, attempts: [{ status: 204, answer: null, error: null }] },
    ]);
    expect(await one.record()).toMatchObject({ failing_since: null, last_delivery: { ok: true, status: 204 } });
    expect(await outbox()).toEqual([]);
  });

  it("is signed with both secrets while a former one is in force", async () => {
    const one = await hook(db.id);
    const next = await rotate(ports, db.id, one.id);
    await tell(ports, db.id, "em_1");
    await pump(env, ports);
    const { body = "", headers = {} } = one.received[0] ?? {};
    for (const secret of [one.secret, next.signing_secret])
      expect(() => new Webhook(secret).verify(body, headers as Record<string, string>)).not.toThrow();
  });

  it("goes to those that chose its type, to the operator with its database, and to nobody else", async () => {
    const [sent, bounced, both, operators] = [
      await hook(db.id),
      await hook(db.id, { events: ["email.bounced"] }),
      await hook(db.id, { events: ["email.sent", "email.bounced"] }),
      await hook("operator", { events: ["email.bounced"] }),
    ];
    const stranger = await makeDatabase(ports, { name: `stranger${made++}` }, { provisioned: false });
    const strangers = await hook(stranger.id, { events: ["email.sent", "email.bounced"] });
    await tell(ports, db.id, "em_1");
    await tell(ports, db.id, "em_2", "email.bounced");
    await pump(env, ports);
    const types = (one: Hook) => one.received.map(({ json }) => json.type).toSorted();
    expect([sent, bounced, both, strangers].map(types)).toEqual([
      ["email.sent"],
      ["email.bounced"],
      ["email.bounced", "email.sent"],
      [],
    ]);
    expect(operators.received.map(({ json }) => json)).toEqual([
      {
        type: "email.bounced",
        created_at: expect.any(String),
        database: `told${made - 2}`,
        data: { email_id: "em_2" },
      },
    ]);
    await patch(ports, "operator", operators.id, { status: "disabled" });
  });

  it("that nobody wants is taken out of the outbox, and kept nowhere", async () => {
    const one = await hook(db.id, { events: ["email.opened"] });
    await tell(ports, db.id, "em_1");
    expect(await outbox()).toHaveLength(1);
    await pump(env, ports);
    expect(await outbox()).toEqual([]);
    expect(await one.deliveries()).toEqual([]);
  });

  it("whose message was lost is told by the tick", async () => {
    const one = await hook(db.id);
    await tell(ports, db.id, "em_1");
    await env.jobs.take("webhook");
    await later(env, 31);
    expect(one.received).toHaveLength(1);
  });

  it("is told once, however often its message comes and by however many at once", async () => {
    const one = await hook(db.id);
    await tell(ports, db.id, "em_1");
    const [job] = await env.jobs.take("webhook");
    if (!job) throw new Error("it was enqueued");
    const twins = Array.from({ length: 5 }, (_, n) => ({ ...job, id: `twin${n}` }));
    const failed = await Promise.all([run(ports, twins), run(ports, twins)]);
    expect(failed).toEqual([{ failed: [] }, { failed: [] }]);
    expect(one.received).toHaveLength(1);
    await run(ports, twins);
    expect(one.received).toHaveLength(1);
    expect(await one.deliveries()).toHaveLength(1);
  });

  it("of an endpoint disabled meanwhile is not sent, and says so; of one deleted nothing is left", async () => {
    const one = await hook(db.id, { how: status(500) });
    await tell(ports, db.id, "em_1");
    await pump(env, ports);
    expect(one.received).toHaveLength(1);
    await patch(ports, db.id, one.id, { status: "disabled" });
    await later(env, 6);
    expect(one.received).toHaveLength(1);
    const [delivery] = await one.deliveries();
    expect(delivery).toMatchObject({ status: "failed", next_attempt_at: null });
    expect(delivery?.attempts.at(-1)?.error).toContain("enable it");
  });

  it("that cannot be signed waits, and is sent when it can", async () => {
    const one = await hook(db.id);
    await tell(ports, db.id, "em_1");
    const open = () => Promise.reject(new Error("no key"));
    expect(await pump(env, { ...ports, vault: { ...ports.vault, open } })).toBe(0);
    expect(one.received).toEqual([]);
    expect(await one.deliveries()).toMatchObject([{ status: "pending", attempts: [] }]);
    await later(env, 61);
    expect(one.received).toHaveLength(1);
  });

  it("is all a message may name, or a delivery: any other is given back", async () => {
    expect(await run(ports, [{ id: "1", group: null, body: { nonsense: true } }])).toEqual({ failed: ["1"] });
  });
});
