import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { patch } from "../database/patch.ts";
import { remove } from "../database/remove.ts";
import { accept } from "../email/accept.ts";
import { list } from "../email/list.ts";
import { get } from "../email/read.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import type { Ports } from "../ports/main.ts";
import * as Server from "../server/server.ts";
import { patch as patchSettings } from "../settings/patch.ts";
import { tick } from "../tick/run.ts";
import { acceptAll, type Given } from "./accept.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T12:00:00Z") });
});
afterAll(() => env.close());

const setUp = (daily_limit = 50) => makeDatabase(env.ports, { name: `batch${made++}`, daily_limit });
const mails = (count: number, changes: Parameters<typeof mail>[0] = {}) =>
  Array.from({ length: count }, (_, n) => mail({ to: [`r${n}@example.net`], ...changes }));
const send = async (db: TestDatabase, entries: readonly Given[], permissive = false, ports: Ports = env.ports) =>
  acceptAll(ports, await db.version(), entries, permissive);
const used = async (db: TestDatabase) => (await usage(env.ports, await db.version())).used;
const states = async (db: TestDatabase, accepted: readonly { readonly id: string }[]) =>
  Promise.all(accepted.map(async ({ id }) => (await get(env.ports, db.id, id)).status));
const three = { to: ["a@example.net", "b@example.net", "c@example.net"] };

describe("a batch", () => {
  it("is accepted in order, each mail as a single one: bodies, recipients, suppression, large and small", async () => {
    const db = await setUp();
    await env.ports.store.write({ put: { ...keys.suppression(db.id, "dead@example.net"), reason: "bounce" } });
    const entries = [
      mail({ to: ["one@example.net"], subject: "First" }),
      mail({ to: ["two@example.net"], cc: ["dead@example.net"], subject: "Second", text: "x".repeat(300_000) }),
      mail({ to: ["dead@example.net"], subject: "Third", kind: "mass" }),
    ];
    const { accepted, refusals } = await send(db, entries);
    const left = [{ address: "dead@example.net", reason: "suppressed" }];
    expect(refusals).toEqual([]);
    expect(accepted.map(({ suppressed }) => suppressed)).toEqual([[], left, left]);
    expect(await used(db)).toBe(2);
    await deliver(env);
    const views = await Promise.all(accepted.map(({ id }) => get(env.ports, db.id, id)));
    expect(views.map(({ subject, status }) => [subject, status])).toEqual([
      ["First", "sent"],
      ["Second", "suppressed"],
      ["Third", "suppressed"],
    ]);
    expect(views[1]?.text).toBe("x".repeat(300_000));
    expect(views[1]?.recipients.map(({ state }) => state)).toEqual(["sent", "suppressed"]);
    expect((await env.ports.store.query({ pk: keys.batch(db.id, "").pk, consistent: true })).items).toEqual([]);
  });

  it("strict: one wrong entry refuses all, named by its index, and nothing is written", async () => {
    const db = await setUp();
    const wrong = new AppError("missing_required_field", "Missing `to` field.");
    for (const [entry, name] of [
      [mail({ to: ["nobody"] }), "invalid_parameter"],
      [wrong, "missing_required_field"],
    ] as const)
      await expect(send(db, [...mails(2), entry])).rejects.toMatchObject({
        name,
        message: expect.stringMatching(/^\[2\]: /),
        details: { index: 2 },
      });
    expect((await list(env.ports, await db.version(), { limit: 10 })).data).toEqual([]);
    expect(await used(db)).toBe(0);
  });

  it("permissive: what is right is sent, and the rest said by index", async () => {
    const db = await setUp();
    const wrong = new AppError("missing_required_field", "Missing `to` field.");
    const { accepted, refusals } = await send(db, [wrong, ...mails(1), mail({ to: ["nobody"] }), ...mails(1)], true);
    expect(accepted).toHaveLength(2);
    expect(refusals).toMatchObject([
      { index: 0, name: "missing_required_field" },
      { index: 2, name: "invalid_parameter" },
    ]);
    await expect(send(db, [wrong], true)).resolves.toMatchObject({ accepted: [], refusals: [{ index: 0 }] });
    expect(await used(db)).toBe(2);
  });

  it("R-LIM-3 strict: all or nothing; permissive: those that fit, in order", async () => {
    const db = await setUp(5);
    await expect(send(db, mails(6))).rejects.toMatchObject({ name: "daily_quota_exceeded" });
    expect(await used(db)).toBe(0);
    await send(db, mails(2));
    const { accepted, refusals } = await send(db, [...mails(1), mail(three), ...mails(3)], true);
    expect(accepted).toHaveLength(3);
    expect(refusals.map(({ index, name }) => [index, name])).toEqual([
      [1, "daily_quota_exceeded"],
      [4, "daily_quota_exceeded"],
    ]);
    expect(await used(db)).toBe(5);
    const full = await send(db, mails(2), true);
    expect(full.accepted).toEqual([]);
    expect(full.refusals).toHaveLength(2);
    await deliver(env);
    expect(await states(db, accepted)).toEqual(["sent", "sent", "sent"]);
  });

  it("R-LIM-3 the limit holds exactly among batches and single mails, several processes at once", async () => {
    const db = await setUp(40);
    const processes = Array.from({ length: 4 }, () => ({ ...env.ports, store: { ...env.ports.store } }));
    const version = await db.version();
    const results = await Promise.all(
      processes.flatMap((ports) => [
        acceptAll(ports, version, mails(7), true).then(({ accepted }) => accepted.length),
        acceptAll(ports, version, mails(6), false).then(
          ({ accepted }) => accepted.length,
          () => 0,
        ),
        accept(ports, version, mail()).then(
          () => 1,
          () => 0,
        ),
      ]),
    );
    const sum = results.reduce((total, n) => total + n, 0);
    expect(await used(db)).toBe(sum);
    expect(sum).toBeLessThanOrEqual(40);
    const { accepted } = await send(db, mails(50), true);
    expect(sum + accepted.length).toBe(40);
  });

  it("R-LIM-4 with on_limit: hold what does not fit is held, in order, and released after the reset", async () => {
    const db = await setUp(4);
    await patchSettings(env.ports, await db.version(), { on_limit: "hold" });
    const { accepted, refusals } = await send(db, [...mails(2), mail(three), ...mails(1)]);
    expect(refusals).toEqual([]);
    expect(await states(db, accepted)).toEqual(["queued", "queued", "held", "held"]);
    expect(await used(db)).toBe(2);
    await expect(send(db, [mail({ to: Array.from({ length: 5 }, (_, n) => `r${n}@x.test`) })])).rejects.toMatchObject({
      name: "daily_quota_exceeded",
    });
    await deliver(env);
    env.advance(12 * 3_600_000);
    await tick(env.ports);
    await deliver(env);
    expect(await states(db, accepted)).toEqual(["sent", "sent", "sent", "sent"]);
    expect(await used(db)).toBe(4);
  });

  it("R-LIM-4 held mail outlives a short retention of bodies", async () => {
    const db = await setUp(1);
    await patchSettings(env.ports, await db.version(), {
      on_limit: "hold",
      retention: { bodies_days: 1, heads_days: 1, events_days: 1 },
    });
    const { accepted } = await send(db, mails(2));
    await patch(env.ports, `batch${made - 1}`, { daily_limit: 0 });
    await deliver(env);
    env.advance(20 * 86_400_000);
    await patch(env.ports, `batch${made - 1}`, { daily_limit: 10 });
    await tick(env.ports);
    await deliver(env);
    expect(await states(db, accepted.slice(1))).toEqual(["sent"]);
  });

  it("captured mail and mail over a server of the database's own are not counted", async () => {
    const db = await setUp(1);
    await patch(env.ports, `batch${made - 1}`, { delivery: "capture" });
    const captured = await send(db, mails(3));
    expect(await states(db, captured.accepted)).toEqual(["sent", "sent", "sent"]);
    await patch(env.ports, `batch${made - 1}`, { delivery: "live" });
    await Server.create(env.ports, await db.version(), { name: "own", host: "smtp.example.com", port: 587 });
    const external = await send(db, mails(3));
    expect(external.accepted).toHaveLength(3);
    expect(await used(db)).toBe(0);
    await env.jobs.take("external", 10);
  });

  it("twins of one idempotency key, in one process and several, get one answer and one batch", async () => {
    const db = await setUp();
    const version = await db.version();
    const key = { key: "twins", hash: "h" };
    const processes = Array.from({ length: 5 }, () => ({ ...env.ports, store: { ...env.ports.store } }));
    const twins = [...processes, ...processes].map((ports) => acceptAll(ports, version, mails(4), false, key));
    const answers = (await Promise.all(twins)).map((answer) => JSON.stringify(answer));
    expect(new Set(answers).size).toBe(1);
    expect((await list(env.ports, version, { limit: 100 })).data).toHaveLength(4);
    expect(await used(db)).toBe(4);
    await expect(acceptAll(env.ports, version, mails(3), false, { ...key, hash: "other" })).rejects.toMatchObject({
      name: "invalid_idempotent_request",
    });
  });

  it("keeps its order in the list and in the line", async () => {
    const db = await setUp();
    const { accepted } = await send(db, mails(20));
    const listed = (await list(env.ports, await db.version(), { limit: 100 })).data.map(({ id }) => id);
    expect(listed.toReversed()).toEqual(accepted.map(({ id }) => id));
  });

  it("a key that is bound to a domain, and a paused database, are held to as with a single mail", async () => {
    const db = await setUp();
    const bound = mail({ from_domains: ["other.example"] });
    await expect(send(db, [...mails(1), bound])).rejects.toMatchObject({ name: "from_not_allowed" });
    await patch(env.ports, `batch${made - 1}`, { status: "paused" });
    await expect(send(db, mails(1), true)).rejects.toMatchObject({ name: "database_paused" });
  });

  it("one that was cut short goes with its database, its object too", async () => {
    const db = await setUp();
    const write = async () => {
      throw new Error("the process is gone");
    };
    const store = { ...env.ports.store, write };
    // The first mail of a day makes the counter: nothing but the batch is left to be written
    await send(db, mails(1));
    await send(db, mails(2), false, { ...env.ports, store });
    const left = () => env.ports.store.query({ pk: keys.batch(db.id, "").pk, consistent: true });
    expect((await left()).items).toHaveLength(1);
    expect(await env.ports.blobs.list(`keep-40d/${db.id}/`)).toHaveLength(2);
    await remove(env.ports, `batch${made - 1}`);
    expect((await left()).items).toEqual([]);
    expect(await env.ports.blobs.list(`keep-40d/${db.id}/`)).toEqual([]);
  });
});
