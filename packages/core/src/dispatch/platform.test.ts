import type { Fault, Submission } from "@posthouse/local/ses/fault";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase, takeEvents } from "../../../../test/support/database.ts";
import { run as provision } from "../database/provision.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import { usage } from "../limit/usage.ts";
import { tick } from "../tick/run.ts";
import { run } from "./batch.ts";

let env: TestPorts;
let db: TestDatabase;
let fault: (moment: "before" | "after", submission: Submission) => Fault | undefined;
beforeAll(async () => {
  env = await startTestPorts({ ses: { hook: (moment, submission) => fault(moment, submission) } });
  db = await makeDatabase(env.ports, { daily_limit: 1000 });
});
beforeEach(() => {
  fault = () => undefined;
});
afterAll(() => env.close());

const send = async (changes = {}) => accept(env.ports, await db.version(), mail(changes));
const used = async () => (await usage(env.ports, await db.version())).used;
const mailsTo = (address: string) => env.ses.mailbox.list().filter(({ recipients }) => recipients.includes(address));
const later = async (seconds: number) => {
  env.advance(seconds * 1000);
  await tick(env.ports);
  await deliver(env);
};
/** Waits until the embedded SES has published what it owes. */
const events = async () => {
  while (env.ses.control.pending() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  return takeEvents(env);
};

describe("dispatch over the platform", () => {
  it("waits, without a try, until the database is provisioned", async () => {
    const other = await makeDatabase(env.ports, { name: "waits" }, { provisioned: false });
    const { id } = await accept(env.ports, await other.version(), mail({ to: ["early@example.net"] }));
    await deliver(env);
    expect(mailsTo("early@example.net")).toEqual([]);
    await provision(env.ports, [{ id: "1", group: null, body: { database: other.id } }]);
    await later(6);
    expect(mailsTo("early@example.net")).toHaveLength(1);
    const { events } = await get(env.ports, other.id, id);
    expect(events.map(({ type }) => type)).toEqual(["queued", "sent"]);
  });

  it("G3 one of many who would send it at once does", async () => {
    const { id } = await send({ to: ["once@example.net"] });
    const [job] = await env.jobs.take("dispatch");
    if (!job) throw new Error("nothing was enqueued");
    await Promise.all(Array.from({ length: 20 }, () => run(env.ports, [job])));
    expect(mailsTo("once@example.net")).toHaveLength(1);
    expect((await get(env.ports, db.id, id)).status).toBe("sent");
  });

  it("R-FAIL-6 a throttled mail is deferred and sent a minute later", async () => {
    fault = (moment) =>
      moment === "before"
        ? { error: { name: "TooManyRequestsException", status: 429, message: "Maximum sending rate exceeded." } }
        : undefined;
    const { id } = await send({ to: ["throttled@example.net"] });
    await deliver(env);
    const waiting = await get(env.ports, db.id, id);
    expect(waiting).toMatchObject({ status: "deferred", last_event: "delivery_delayed", attention: false });
    expect(waiting.recipients[0]?.reply).toContain("Maximum sending rate exceeded");
    fault = () => undefined;
    await later(50);
    expect(mailsTo("throttled@example.net")).toHaveLength(0);
    await later(11);
    expect(mailsTo("throttled@example.net")).toHaveLength(1);
    const { events, status } = await get(env.ports, db.id, id);
    expect(status).toBe("sent");
    expect(events.map(({ type }) => type)).toEqual(["queued", "deferred", "sent"]);
  });

  it("R-LIM-3 a final refusal before hand-over is given back; R-FAIL-3 the red envelope is there", async () => {
    fault = (moment) =>
      moment === "before"
        ? { error: { name: "MessageRejected", status: 400, message: "Email contains a virus." } }
        : undefined;
    const before = await used();
    const { id } = await send({ to: ["refused@example.net", "refused2@example.net"] });
    expect(await used()).toBe(before + 2);
    await deliver(env);
    expect(await used()).toBe(before);
    const email = await get(env.ports, db.id, id);
    expect(email).toMatchObject({ status: "failed", attention: true });
    expect(email.recipients.map(({ state, reply }) => [state, reply?.includes("virus")])).toEqual([
      ["failed", true],
      ["failed", true],
    ]);
  });

  it("R-FAIL-6 waiting ends at `expires_in`, and what was not handed over is given back", async () => {
    fault = (moment) =>
      moment === "before" ? { error: { name: "TooManyRequestsException", status: 429 } } : undefined;
    const before = await used();
    const { id } = await send({ to: ["expired@example.net"], expires_in: 150 });
    await deliver(env);
    await later(61);
    expect((await get(env.ports, db.id, id)).status).toBe("deferred");
    // The next wait of two minutes would end too late: the last try is brought forward
    await later(60);
    expect((await get(env.ports, db.id, id)).status).toBe("failed");
    expect(await used()).toBe(before);
    fault = () => undefined;
    await later(3600);
    expect(mailsTo("expired@example.net")).toHaveLength(0);
  });
});

describe("G3 an answer that was lost", () => {
  it("is settled by the Send event, and nothing is sent again", async () => {
    fault = (moment) => (moment === "after" ? { drop: true } : undefined);
    const { id } = await send({ to: ["lost@example.net"] });
    await deliver(env);
    expect((await get(env.ports, db.id, id)).status).toBe("sending");
    expect(await events()).toBeGreaterThan(0);
    const email = await get(env.ports, db.id, id);
    expect(email.status).toBe("delivered");
    expect(email.events.map(({ type }) => type)).toContain("unknown");
    fault = () => undefined;
    await later(3600);
    expect(mailsTo("lost@example.net")).toHaveLength(1);
  });

  it("without an event: transactional mail is sent again after the wait, with the note", async () => {
    fault = (moment) => (moment === "after" ? { error: { name: "InternalFailure", status: 500 } } : undefined);
    env.ses.control.set({ holdEvents: true });
    const { id } = await send({ to: ["again@example.net"] });
    await deliver(env);
    fault = () => undefined;
    await later(20);
    expect(mailsTo("again@example.net")).toHaveLength(1);
    await later(40);
    expect(mailsTo("again@example.net")).toHaveLength(2);
    const { events: timeline, status } = await get(env.ports, db.id, id);
    expect(status).toBe("sent");
    expect(timeline.find(({ type }) => type === "requeued")?.note).toContain("possible duplicate");
    env.ses.control.set({ holdEvents: false });
    await events();
  });

  it("without an event: mass mail ends failed `unknown`, is not given back, and a late event corrects it", async () => {
    fault = (moment) => (moment === "after" ? { drop: true } : undefined);
    env.ses.control.set({ holdEvents: true });
    const before = await used();
    const { id } = await send({ to: ["mass@example.net"], kind: "mass" });
    await deliver(env);
    fault = () => undefined;
    await later(60);
    await later(60);
    expect(await get(env.ports, db.id, id)).toMatchObject({
      status: "failed",
      recipients: [{ failure_type: "unknown" }],
      attention: true,
    });
    expect(await used()).toBe(before + 1);
    expect(mailsTo("mass@example.net")).toHaveLength(1);
    env.ses.control.set({ holdEvents: false });
    await events();
    expect(await get(env.ports, db.id, id)).toMatchObject({ status: "delivered", attention: false });
  });

  it("a claim whose process died is not sent again before its wait is over", async () => {
    const { id } = await send({ to: ["died@example.net"] });
    const [job] = await env.jobs.take("dispatch");
    const dead = { ...env.ports, ses: { send: () => Promise.reject(new Error("SIGKILL")) } };
    const store = { ...env.ports.store };
    let writes = 0;
    store.write = (write) => (writes++ === 0 ? env.ports.store.write(write) : Promise.reject(new Error("dead")));
    store.transact = () => Promise.reject(new Error("dead"));
    await run({ ...dead, store }, job ? [job] : []);
    expect((await get(env.ports, db.id, id)).status).toBe("sending");
    await later(16);
    expect(mailsTo("died@example.net")).toHaveLength(0);
    await later(30);
    expect(mailsTo("died@example.net")).toHaveLength(1);
    expect((await get(env.ports, db.id, id)).status).toBe("sent");
  });
});
