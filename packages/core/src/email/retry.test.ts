import type { Fault, Submission } from "@posthouse/local/ses/fault";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase, takeEvents } from "../../../../test/support/database.ts";
import { later, makeHolding, nextDay } from "../../../../test/support/held.ts";
import { startSink } from "../../../../test/support/sink.ts";
import { patch } from "../database/patch.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import * as Server from "../server/server.ts";
import { patch as patchSettings } from "../settings/patch.ts";
import { accept } from "./accept.ts";
import { dismiss } from "./dismiss.ts";
import { get } from "./read.ts";
import { retry } from "./retry.ts";

let env: TestPorts;
let fault: (moment: "before" | "after", submission: Submission) => Fault | undefined;
beforeAll(async () => {
  env = await startTestPorts({ ses: { hook: (moment, submission) => fault(moment, submission) } });
});
beforeEach(() => {
  fault = () => undefined;
});
afterAll(() => env.close());

let made = 0;
const setUp = (daily_limit = 50) => makeDatabase(env.ports, { name: `retry${made++}`, daily_limit });
const rejects = (moment: "before" | "after") =>
  moment === "before" ? { error: { name: "MessageRejected", status: 400, message: "Contains a virus." } } : undefined;
const view = (db: TestDatabase, id: string) => get(env.ports, db.id, id);
const used = async (db: TestDatabase) => (await usage(env.ports, await db.version())).used;
const again = async (db: TestDatabase, id: string, ...of: string[]) =>
  retry(env.ports, await db.version(), id, of.length > 0 ? of : undefined);
const wire = (db: TestDatabase) => env.ses.mailbox.list().filter(({ tenant }) => tenant === db.id);

/** A mail that has failed. */
async function failed(db: TestDatabase, changes = {}): Promise<string> {
  fault = rejects;
  const { id } = await accept(env.ports, await db.version(), mail(changes));
  await deliver(env);
  fault = () => undefined;
  return id;
}

describe("R-FAIL-1 R-FAIL-3 a retry", () => {
  it("opens a new attempt: counted again, out of the red envelope, and the old one stays in the timeline", async () => {
    const db = await setUp();
    const id = await failed(db, { to: ["a@example.net", "b@example.net"] });
    expect(await used(db)).toBe(0);
    expect(await again(db, id)).toEqual({ id, attempt: 2, status: "queued", suppressed: [] });
    expect(await view(db, id)).toMatchObject({ status: "queued", attention: false });
    expect(await used(db)).toBe(2);
    await deliver(env);
    const { status, events, recipients } = await view(db, id);
    expect(status).toBe("sent");
    expect(recipients.map(({ failure_type, reply }) => [failure_type, reply?.includes("virus")])).toEqual([
      [null, false],
      [null, false],
    ]);
    expect(events.map(({ type }) => type)).toEqual(["queued", "failed", "retried", "sent"]);
    expect(events[2]?.note).toBe("Attempt 2, on request.");
    expect(wire(db)).toHaveLength(1);
    await expect(again(db, id)).rejects.toMatchObject({ name: "conflict", message: expect.stringContaining("sent") });
  });

  it("that fails again is in the red envelope again, and may be tried a third time", async () => {
    const db = await setUp();
    const id = await failed(db);
    await again(db, id);
    fault = rejects;
    await deliver(env);
    expect(await view(db, id)).toMatchObject({ status: "failed", attention: true });
    expect(await used(db)).toBe(0);
    expect((await again(db, id)).attempt).toBe(3);
  });

  it("asked for ten times at once is one attempt, counted once", async () => {
    const db = await setUp();
    const id = await failed(db);
    const all = await Promise.allSettled(Array.from({ length: 10 }, () => again(db, id)));
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const one of all) if (one.status === "rejected") expect(one.reason).toMatchObject({ name: "conflict" });
    await deliver(env);
    expect(wire(db)).toHaveLength(1);
    expect(await used(db)).toBe(1);
  });

  it("with an idempotency key gets its first answer again", async () => {
    const db = await setUp();
    const id = await failed(db);
    const key = { key: "again", hash: "h" };
    const version = await db.version();
    const all = await Promise.all(Array.from({ length: 5 }, () => retry(env.ports, version, id, undefined, key)));
    for (const one of all) expect(one).toEqual({ id, attempt: 2, status: "queued", suppressed: [] });
    expect(await used(db)).toBe(1);
  });

  it("of chosen recipients leaves the others as they are, and in the red envelope", async () => {
    const db = await setUp();
    const id = await failed(db, { to: ["a@example.net", "b@example.net", "c@example.net"] });
    await again(db, id, "B@example.net");
    expect((await view(db, id)).attention).toBe(true);
    await deliver(env);
    const { recipients, events } = await view(db, id);
    expect(recipients.map(({ state }) => state)).toEqual(["failed", "sent", "failed"]);
    expect(recipients[2]?.reply).toContain("virus");
    expect(events.find(({ type }) => type === "retried")?.recipients).toEqual(["b@example.net"]);
    expect(wire(db)[0]?.recipients).toEqual(["b@example.net"]);
    expect(await used(db)).toBe(1);
    await again(db, id);
    await deliver(env);
    expect((await view(db, id)).recipients.map(({ state }) => state)).toEqual(["sent", "sent", "sent"]);
    expect((await view(db, id)).events.map(({ type }) => type)).toEqual([
      ...["queued", "failed", "retried", "sent", "retried", "sent"],
    ]);
    expect(await view(db, id)).toMatchObject({ status: "sent", attention: false });
    await expect(again(db, id, "stranger@example.net")).rejects.toMatchObject({ name: "invalid_parameter" });
    await expect(again(db, id, "a@example.net")).rejects.toMatchObject({ name: "conflict" });
  });

  it("R-FAIL-5 leaves out who is suppressed, and names them", async () => {
    const db = await setUp();
    const id = await failed(db, { to: ["a@example.net", "dead@example.net"] });
    const left = [{ address: "dead@example.net", reason: "suppressed" }];
    await env.ports.store.write({ put: { ...keys.suppression(db.id, "dead@example.net"), scope: "all" } });
    expect(await again(db, id)).toMatchObject({ suppressed: left });
    await deliver(env);
    expect((await view(db, id)).recipients.map(({ state }) => state)).toEqual(["sent", "failed"]);
    await expect(again(db, id)).rejects.toMatchObject({
      name: "conflict",
      details: { suppressed: left },
    });
  });

  it("is refused while the email waits, where its body is gone, and of another database", async () => {
    const db = await setUp();
    const { id } = await accept(env.ports, await db.version(), mail());
    await expect(again(db, id)).rejects.toMatchObject({ name: "conflict", details: { status: "queued" } });
    await deliver(env);
    const gone = await failed(db);
    await env.ports.store.write({ delete: keys.emailBody(db.id, gone) });
    await expect(again(db, gone)).rejects.toMatchObject({ name: "conflict", message: expect.stringContaining("body") });
    const other = await setUp();
    await expect(again(other, gone)).rejects.toMatchObject({ name: "not_found" });
    const paused = await failed(db);
    await patch(env.ports, (await db.version()).name, { status: "paused" });
    await expect(again(db, paused)).rejects.toMatchObject({ name: "database_paused" });
  });

  it("makes body and recipients live as long as it may wait", async () => {
    const db = await setUp();
    await patchSettings(env.ports, await db.version(), {
      retention: { bodies_days: 1, heads_days: 1, events_days: 1 },
    });
    const id = await failed(db, { to: ["a@example.net", "b@example.net"] });
    env.advance(47 * 3_600_000);
    await again(db, id);
    fault = (moment) =>
      moment === "before" ? { error: { name: "TooManyRequestsException", status: 429 } } : undefined;
    await deliver(env);
    fault = () => undefined;
    await later(env, 20 * 3600);
    expect(await view(db, id)).toMatchObject({ status: "sent", text: "Hello there." });
  });
});

describe("R-LIM-1 a retry over a server of the database's own", () => {
  it("is not counted, and goes the way that was fixed at acceptance", async () => {
    let full = true;
    const sink = await startSink({
      onRcptTo: (_address, _session, done) =>
        full ? done(Object.assign(new Error("5.2.2 mailbox full"), { responseCode: 552 })) : done(),
    });
    const db = await setUp(0);
    const connection = { host: "127.0.0.1", port: sink.port, encryption: "none" as const };
    await Server.create(env.ports, await db.version(), { name: "own", ...connection });
    const { id } = await accept(env.ports, await db.version(), mail());
    await deliver(env);
    expect((await view(db, id)).status).toBe("failed");
    full = false;
    await again(db, id);
    await deliver(env);
    expect((await view(db, id)).status).toBe("sent");
    expect(sink.caught).toHaveLength(1);
    await sink.close();
  });
});

describe("R-LIM-3 R-LIM-4 a retry at the limit", () => {
  it("is refused, or held and then released, as the setting says", async () => {
    const db = await setUp(1);
    const id = await failed(db);
    await accept(env.ports, await db.version(), mail());
    await expect(again(db, id)).rejects.toMatchObject({ name: "daily_quota_exceeded" });
    expect(await view(db, id)).toMatchObject({ status: "failed", attention: true });
    await patchSettings(env.ports, await db.version(), { on_limit: "hold" });
    expect(await again(db, id)).toMatchObject({ status: "held", attempt: 2 });
    expect(await view(db, id)).toMatchObject({ status: "held", attention: false });
    await deliver(env);
    await nextDay(env);
    const { status, events } = await view(db, id);
    expect(status).toBe("sent");
    expect(events.map(({ type }) => type)).toEqual(["queued", "failed", "retried", "held", "released", "sent"]);
    expect(await used(db)).toBe(1);
  });

  it("queues behind what is held of its kind", async () => {
    const db = await makeHolding(env, 1);
    const id = await failed(db);
    await db.send();
    await db.send();
    await patch(env.ports, (await db.version()).name, { daily_limit: 5 });
    expect(await again(db, id)).toMatchObject({ status: "held" });
  });
});

describe("G3 a retry of what is unknown", () => {
  it("says that it may be a duplicate; a late event of the old attempt changes nothing of the new", async () => {
    const db = await setUp();
    fault = (moment) => (moment === "after" ? { drop: true } : undefined);
    env.ses.control.set({ holdEvents: true });
    const { id } = await accept(env.ports, await db.version(), mail({ kind: "mass" }));
    await deliver(env);
    fault = () => undefined;
    await later(env, 60);
    await later(env, 60);
    expect((await view(db, id)).recipients[0]?.failure_type).toBe("unknown");
    await again(db, id);
    env.ses.control.set({ holdEvents: false });
    while (env.ses.control.pending() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await takeEvents(env);
    const { status, events } = await view(db, id);
    expect(status).toBe("queued");
    expect(events.find(({ type }) => type === "retried")?.note).toContain("possible duplicate");
    expect(await used(db)).toBe(2);
    await deliver(env);
    expect((await view(db, id)).status).toBe("sent");
  });
});

describe("R-FAIL-3 dismiss", () => {
  it("clears the red envelope, keeps the states, may be repeated; another failure brings it back", async () => {
    const db = await setUp();
    const id = await failed(db);
    await Promise.all(Array.from({ length: 5 }, () => dismiss(env.ports, db.id, id)));
    const { attention, status, events } = await view(db, id);
    expect({ attention, status }).toEqual({ attention: false, status: "failed" });
    expect(events.map(({ type }) => type)).toEqual(["queued", "failed", "dismissed"]);
    await again(db, id);
    fault = rejects;
    await deliver(env);
    expect((await view(db, id)).attention).toBe(true);
    await expect(dismiss(env.ports, (await setUp()).id, id)).rejects.toMatchObject({ name: "not_found" });
  });
});
