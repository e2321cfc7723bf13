import { randomBytes } from "node:crypto";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { dying } from "../../../../test/support/dying.ts";
import { want } from "../../../../test/support/webhooks.ts";
import { acceptAll } from "../batch/accept.ts";
import type { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import { tick } from "../tick/run.ts";
import { accept } from "./accept.ts";
import { cancel } from "./cancel.ts";
import { list } from "./list.ts";
import { get } from "./read.ts";
import { reschedule } from "./reschedule.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T12:00:00Z") });
});
afterAll(() => env.close());

const hour = 3_600_000;
const setUp = (input = {}) => makeDatabase(env.ports, { name: `scheduled${made++}`, ...input });
const used = async (db: TestDatabase) => (await usage(env.ports, await db.version())).used;
const send = async (db: TestDatabase, changes = {}) =>
  (await accept(env.ports, await db.version(), mail({ scheduled_at: "in 2 hours", ...changes }))).id;
const show = (db: TestDatabase, id: string) => get(env.ports, db.id, id);
const sentTo = (address: string) =>
  env.ses.mailbox.list().filter(({ recipients }) => recipients.includes(address)).length;
async function later(ms: number) {
  env.advance(ms);
  await tick(env.ports);
  await deliver(env);
}

describe("scheduled mail", () => {
  it("R-LIM-3 waits, is shown and told, charged when it is due, and goes out as of then", async () => {
    const db = await setUp();
    await want(env.ports, db.id, "email.scheduled");
    const id = await send(db, { to: ["due@example.net"] });
    const { scheduled_at } = await show(db, id);
    expect(Math.abs(Date.parse(scheduled_at ?? "") - env.ports.clock.now() - 2 * hour)).toBeLessThan(60_000);
    expect(await show(db, id)).toMatchObject({
      status: "scheduled",
      last_event: "scheduled",
      events: [{ type: "scheduled" }],
    });
    expect((await list(env.ports, await db.version(), { limit: 5 })).data).toMatchObject([
      { id, status: "scheduled", scheduled_at },
    ]);
    const told = await env.ports.store.query({ pk: keys.outbox(db.id, "").pk, consistent: true });
    const data = { email_id: id, scheduled_at, to: ["due@example.net"], subject: "Hello" };
    expect(told.items).toMatchObject([{ type: "email.scheduled", data }]);
    await later(2 * hour - 60_000);
    expect([await used(db), sentTo("due@example.net")]).toEqual([0, 0]);
    await later(61_000);
    expect([await used(db), sentTo("due@example.net")]).toEqual([1, 1]);
    expect(await show(db, id)).toMatchObject({ status: "sent", scheduled_at });
    const [sent] = env.ses.mailbox.list();
    const date = /^Date: (.*)\r$/m.exec(env.ses.mailbox.raw(sent?.id ?? "")?.toString() ?? "")?.[1] ?? "";
    expect(Date.parse(date)).toBe(Math.floor(Date.parse(scheduled_at ?? "") / 1000) * 1000);
  });

  it("R-LIM-3 what finds the limit full when it is due is held, whatever on_limit says, and goes out after the reset", async () => {
    const db = await setUp({ daily_limit: 1 });
    const id = await send(db, { to: ["full@example.net"] });
    await accept(env.ports, await db.version(), mail());
    await later(2 * hour + 1_000);
    expect((await show(db, id)).status).toBe("held");
    await later(24 * hour);
    expect(await show(db, id)).toMatchObject({ status: "sent" });
    expect(sentTo("full@example.net")).toBe(1);
  });

  it("has its whole time to wait from then on, and its body as long", async () => {
    const db = await setUp();
    const id = await send(db, { scheduled_at: "in 29 days", expires_in: 600 });
    const { expires_at, scheduled_at } = await show(db, id);
    expect(Math.abs(Date.parse(expires_at) - Date.parse(scheduled_at ?? "") - 600_000)).toBeLessThanOrEqual(1_000);
    const body = await env.ports.store.get(keys.emailBody(db.id, id));
    expect(Number(body?.["expires_at"]) * 1000).toBeGreaterThan(Date.parse(expires_at) + 29 * 86_400_000);
  });

  it("of a database that is looked at only is kept when it is due", async () => {
    const db = await setUp();
    const version = await db.version();
    const { id } = await accept(env.ports, { ...version, delivery: "capture" }, mail({ scheduled_at: "in 1 hour" }));
    expect(await show(db, id)).toMatchObject({ status: "scheduled", captured: false });
  });
});

describe("another time", () => {
  it("earlier or later: sent once, at the last one given, with an entry for each change", async () => {
    const db = await setUp();
    await want(env.ports, db.id, "email.scheduled");
    const id = await send(db, { to: ["moved@example.net"] });
    await reschedule(env.ports, db.id, id, "in 20 days");
    await later(3 * hour);
    expect(sentTo("moved@example.net")).toBe(0);
    await reschedule(env.ports, db.id, id, "in 1 hour");
    await later(hour + 1_000);
    expect(sentTo("moved@example.net")).toBe(1);
    const { events, status } = await show(db, id);
    expect(events.map(({ type }) => type)).toEqual(["scheduled", "rescheduled", "rescheduled", "sent"]);
    expect(status).toBe("sent");
    const told = await env.ports.store.query({ pk: keys.outbox(db.id, "").pk });
    expect(told.items).toHaveLength(3);
  });

  it("tells the webhooks of each time it is given, with all it goes to, and none where no webhook wants that", async () => {
    const to = ["a@example.net", "b@example.net"];
    const [db, quiet] = [await setUp(), await setUp()];
    await want(env.ports, db.id, "email.scheduled");
    for (const one of [db, quiet]) {
      const id = await send(one, { to });
      await reschedule(env.ports, one.id, id, "in 3 hours");
      await acceptAll(env.ports, await one.version(), [mail({ scheduled_at: "in 2 hours", to })], true);
    }
    const told = async ({ id }: TestDatabase) =>
      (await env.ports.store.query({ pk: keys.outbox(id, "").pk, consistent: true })).items;
    expect((await told(db)).map(({ data }) => (data as { to: string[] }).to)).toEqual([to, to, to]);
    expect(await told(quiet)).toEqual([]);
  });

  it.each([
    ["in an item", "Hello."],
    ["in an object", randomBytes(160_000).toString("base64")],
  ])("a body %s, its recipients and its timeline outlive the later time", async (_where, text) => {
    const db = await setUp();
    const id = await send(db, { to: ["a@example.net", "b@example.net"], text });
    await reschedule(env.ports, db.id, id, "in 30 days");
    const { items } = await env.ports.store.query({ pk: keys.emailHead(db.id, id).pk, consistent: true });
    const end = Date.parse((await show(db, id)).expires_at) / 1000;
    expect(items.map((item) => Number(item["expires_at"]) > end)).toEqual(items.map(() => true));
    await later(30 * 24 * hour + 1_000);
    expect(await show(db, id)).toMatchObject({ status: "sent", text });
  });

  it("is refused once it is no longer scheduled, for a time that is none, and for another's mail", async () => {
    const db = await setUp();
    const id = await send(db);
    await expect(reschedule(env.ports, db.id, id, "last week")).rejects.toMatchObject({ name: "invalid_parameter" });
    const other = await setUp();
    await expect(reschedule(env.ports, other.id, id, "in 1 hour")).rejects.toMatchObject({ name: "not_found" });
    await cancel(env.ports, db.id, id);
    await expect(reschedule(env.ports, db.id, id, "in 1 hour")).rejects.toMatchObject({
      name: "conflict",
      message: expect.stringContaining("canceled"),
    });
  });

  it("a mail of a batch is given another time as any other", async () => {
    const db = await setUp();
    const entries = [1, 2].map((n) => mail({ to: [`batch${n}@example.net`], scheduled_at: "in 1 hour" }));
    const { accepted } = await acceptAll(env.ports, await db.version(), entries, false);
    await reschedule(env.ports, db.id, accepted[0]?.id ?? "", "in 30 days");
    await later(hour + 1_000);
    expect([sentTo("batch1@example.net"), sentTo("batch2@example.net")]).toEqual([0, 1]);
    await later(30 * 24 * hour);
    expect(sentTo("batch1@example.net")).toBe(1);
  });

  it("raced by its dispatch: at the new time, or refused and sent; once", async () => {
    const db = await setUp({ daily_limit: 1_000 });
    const ids = await Promise.all(Array.from({ length: 40 }, (_, n) => send(db, { to: [`due${n}@example.net`] })));
    env.advance(2 * hour + 60_000);
    await tick(env.ports);
    const moving = ids.map(async (id, n) => {
      await new Promise((resolve) => setTimeout(resolve, n * 8));
      return reschedule(env.ports, db.id, id, "in 1 day").then(
        () => "moved",
        (error: AppError) => error.name,
      );
    });
    const [outcomes] = await Promise.all([Promise.all(moving), deliver(env)]);
    for (const [n, outcome] of outcomes.entries())
      expect([outcome, sentTo(`due${n}@example.net`)]).toBeOneOf([
        ["moved", 0],
        ["conflict", 1],
      ]);
    await later(25 * hour);
    await later(hour);
    expect(ids.map((_, n) => sentTo(`due${n}@example.net`))).toEqual(ids.map(() => 1));
  });

  it("G1 killed between any two of its writes, it is sent once, at the old time or the new", async () => {
    const db = await setUp({ daily_limit: 1_000 });
    let finished = false;
    for (let calls = 0; !finished; calls++)
      for (const moment of ["before", "after"] as const) {
        const address = `r${calls}-${moment}@example.net`;
        const id = await send(db, { to: [address, `2${address}`] });
        const process = dying(env.ports, calls, moment);
        await reschedule(process.ports, db.id, id, "in 20 days").catch(() => undefined);
        finished = process.writes() <= calls;
        const { scheduled_at } = await show(db, id);
        await later(Date.parse(scheduled_at ?? "") - env.ports.clock.now() + 1_000);
        expect(sentTo(address)).toBe(1);
      }
  });
});
