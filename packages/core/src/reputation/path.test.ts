import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase, takeEvents } from "../../../../test/support/database.ts";
import { startSink } from "../../../../test/support/sink.ts";
import { acceptAll } from "../batch/accept.ts";
import { get as view } from "../database/list.ts";
import { patch } from "../database/patch.ts";
import { accept } from "../email/accept.ts";
import { findHead } from "../email/find.ts";
import { get } from "../email/read.ts";
import { retry } from "../email/retry.ts";
import { apply } from "../feedback/apply.ts";
import * as Feedback from "../feedback/batch.ts";
import * as keys from "../keys.ts";
import { dayOf } from "../limit/day.ts";
import * as Server from "../server/server.ts";
import * as Statistics from "../statistics/day.ts";
import { tick } from "../tick/run.ts";
import { look } from "./guard.ts";

let env: TestPorts;
let db: TestDatabase;
let name: string;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
beforeEach(async () => {
  name = `path${made++}`;
  db = await makeDatabase(env.ports, { name, daily_limit: 10_000 });
});
afterAll(() => env.close());

/** What the days before have come to, so that a few real mails decide. */
const before = async (ended: number, bounced: number, complained = 0) => {
  const now = env.ports.clock.now();
  const counts = { platform_ended: ended, platform_bounced: bounced, platform_complained: complained };
  const day = dayOf(now - 2 * 86_400_000, (await db.version()).reset_utc);
  await env.ports.store.write(Statistics.add(db.id, day, "before", counts, now));
};
/** Mail that the embedded SES sends and delivers, with all of its events. */
const send = async (to: string) => {
  const { id } = await accept(env.ports, await db.version(), mail({ to: [to] }));
  await deliver(env);
  while (env.ses.control.pending() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  while ((await takeEvents(env)) > 0);
  return id;
};
/** What SES tells of a mail it has sent, later: all but its simulator's mail, which no reputation is made of. */
const told = async (id: string, to: string, what: "Bounce" | "Complaint", type = "Permanent") => {
  const timestamp = new Date(env.ports.clock.now()).toISOString();
  const { provider_id } = await findHead(env.ports.store, db.id, id);
  const tags = { posthouse_database: [db.id], posthouse_email: [id], posthouse_attempt: ["1"], posthouse_try: ["1"] };
  const recipients = [{ emailAddress: to }];
  const body = {
    eventType: what,
    mail: { messageId: provider_id, timestamp, destination: [to], tags },
    ...(what === "Bounce"
      ? {
          bounce: {
            bounceType: type,
            bounceSubType: "General",
            timestamp,
            feedbackId: id,
            bouncedRecipients: recipients,
          },
        }
      : { complaint: { timestamp, feedbackId: id, complainedRecipients: recipients } }),
  };
  expect(await Feedback.run(env.ports, [{ id: `${what}${id}`, group: null, body }])).toEqual({ failed: [] });
  // The guard looks at most every five seconds a process
  env.advance(6_000);
};
const reputation = async () => (await view(env.ports, name)).reputation;
const status = async (id: string) => (await get(env.ports, db.id, id)).status;
const own = async (port: number) => {
  const { id: server } = await Server.create(env.ports, await db.version(), {
    ...{ name: "own", host: "127.0.0.1", port, encryption: "none", authentication: "none" },
    from_filter: "company.com",
  });
  return (await accept(env.ports, await db.version(), mail({ server, from: "mary@company.com" }))).id;
};

describe("R-FAIL-7 from the events of SES to the pause", () => {
  it("R-FAIL-7 the bounce that makes 8 % of 200 pauses at once; resumed, the window begins anew", async () => {
    await before(197, 14);
    const ids = [await send("a@example.net"), await send("b@example.net"), await send("c@example.net")];
    expect(await reputation()).toMatchObject({ state: "warning", recipients: 200, bounce_rate: 0.07 });
    await told(ids[0] ?? "", "a@example.net", "Bounce");
    expect(await reputation()).toMatchObject({ state: "warning", recipients: 200, bounce_rate: 0.075 });
    const waits = (await accept(env.ports, await db.version(), mail({ scheduled_at: "in 1 hour" }))).id;
    await told(ids[1] ?? "", "b@example.net", "Bounce");
    expect(await view(env.ports, name)).toMatchObject({ status: "paused", paused_by: "reputation" });
    expect((await reputation()).paused_for).toMatchObject({ recipients: 200, bounce_rate: 0.08 });
    await expect(accept(env.ports, await db.version(), mail())).rejects.toMatchObject({
      name: "database_paused",
      statusCode: 403,
      message: expect.stringContaining("8 % of its 200 recipients"),
      details: { paused_by: "reputation", recipients: 200, bounce_rate: 0.08 },
    });
    const sink = await startSink();
    const out = await own(sink.port);
    env.advance(3_700_000);
    await tick(env.ports);
    await deliver(env);
    expect([await status(out), await status(waits)]).toEqual(["sent", "scheduled"]);
    await sink.close();
    await patch(env.ports, name, { status: "active" });
    expect(await reputation()).toMatchObject({ state: "ok", recipients: 0, bounce_rate: 0, paused_for: null });
    // Of a mail of before: it counts, and of so few it says nothing
    await told(ids[2] ?? "", "c@example.net", "Bounce");
    expect(await reputation()).toMatchObject({ state: "ok" });
    expect((await db.version()).status).toBe("active");
    env.advance(301_000);
    await tick(env.ports);
    await deliver(env);
    expect(await status(waits)).toBe("sent");
  });

  it("R-FAIL-7 a bounce that may pass counts nothing; a complaint that makes 0.3 % pauses", async () => {
    await before(998, 79, 2);
    const [a, b] = [await send("a@example.net"), await send("b@example.net")];
    await told(a, "a@example.net", "Bounce", "Transient");
    expect(await reputation()).toMatchObject({ recipients: 1_000, bounce_rate: 0.079, state: "warning" });
    expect((await db.version()).status).toBe("active");
    await told(b, "b@example.net", "Complaint");
    expect(await view(env.ports, name)).toMatchObject({ status: "paused", paused_by: "reputation" });
    await expect(accept(env.ports, await db.version(), mail())).rejects.toThrow(/0.3 % of its 1000 .* complained/);
  });

  it("R-FAIL-7 a bounce told twice counts once; bounces of servers of its own count nothing", async () => {
    await before(199, 14);
    const id = await send("a@example.net");
    for (let n = 0; n < 3; n++) await told(id, "a@example.net", "Bounce");
    const sink = await startSink();
    const out = await own(sink.port);
    await deliver(env);
    await sink.close();
    const at = new Date(env.ports.clock.now()).toISOString();
    const change = { address: "customer@example.net", kind: "bounced", status: "5.1.1", at, dedupe: "r" } as const;
    await apply(env.ports, { database: db.id, id: out }, [change]);
    expect(await status(out)).toBe("bounced");
    expect(await reputation()).toMatchObject({ recipients: 200, bounce_rate: 0.075, state: "warning" });
    expect((await db.version()).status).toBe("active");
  });

  it("R-FAIL-7 while it is paused every way to the platform is closed: batches, mass mail, retries; a resume opens them", async () => {
    const failed = await send("a@example.net");
    const head = keys.emailHead(db.id, failed);
    await env.ports.store.write({ update: head, set: { state: "failed", failure_type: "smtp_permanent" } });
    await before(300, 100);
    await look(env.ports, db.id);
    const version = await db.version();
    const mass = mail({ kind: "mass", to: ["a@example.net", "b@example.net"] });
    const ways = [
      () => acceptAll(env.ports, version, [mail(), mail()], false),
      () => accept(env.ports, version, mass),
      () => accept(env.ports, version, mail({ scheduled_at: "in 1 hour" })),
      () => retry(env.ports, version, failed),
    ];
    for (const way of ways) await expect(way()).rejects.toMatchObject({ name: "database_paused", statusCode: 403 });
    const { accepted, refusals } = await acceptAll(env.ports, version, [mail()], true);
    expect([accepted, refusals.map((one) => one.name)]).toEqual([[], ["database_paused"]]);
    await patch(env.ports, name, { status: "active" });
    expect((await acceptAll(env.ports, await db.version(), [mail()], false)).accepted).toHaveLength(1);
  });
});
