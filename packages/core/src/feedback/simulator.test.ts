import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase, takeEvents } from "../../../../test/support/database.ts";
import { patch as patchDatabase } from "../database/patch.ts";
import { run as provision } from "../database/provision.ts";
import { accept } from "../email/accept.ts";
import { dismiss } from "../email/dismiss.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import { patch } from "../settings/patch.ts";
import { apply } from "./apply.ts";

let env: TestPorts;
let db: TestDatabase;
let name: string;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
beforeEach(async () => {
  name = `simulated${made++}`;
  db = await makeDatabase(env.ports, { name });
});
afterAll(() => env.close());

const simulator = (local: string) => `${local}@simulator.amazonses.com`;
async function events(): Promise<void> {
  while (env.ses.control.pending() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  while ((await takeEvents(env)) > 0);
}
/** Sends a mail and takes in what SES says of it. */
async function send(...to: string[]): Promise<string> {
  const { id } = await accept(env.ports, await db.version(), mail({ to }));
  await deliver(env);
  await events();
  return id;
}
const view = (id: string) => get(env.ports, db.id, id);
const suppressed = (address: string) => env.ports.store.get(keys.suppression(db.id, address));
const today = async () => (await usage(env.ports, await db.version())).history[0];
const types = async (id: string) => (await view(id)).events.map(({ type }) => type);
const none = { sent: 0, delivered: 0, bounced: 0, complained: 0, failed: 0 };
const at = "2026-11-23T08:00:00.000Z";

describe("the mailbox simulator", () => {
  it("success@ is delivered: told by the head, with the remote server's words", async () => {
    const id = await send(simulator("success"));
    const { status, attention, recipients, events: timeline } = await view(id);
    expect([status, attention]).toEqual(["delivered", false]);
    expect(recipients[0]?.reply).toBe("250 2.6.0 Message received");
    expect(timeline.map(({ type, reply }) => [type, reply])).toEqual([
      ["queued", undefined],
      ["sent", expect.stringMatching(/^accepted by SES/)],
      ["delivered", "250 2.6.0 Message received"],
    ]);
    const { items } = await env.ports.store.query({ pk: keys.emailHead(db.id, id).pk });
    expect(items).toHaveLength(1);
    expect(await today()).toMatchObject({ ...none, accepted: 1, sent: 1, delivered: 1 });
  });

  it("R-FAIL-3 R-FAIL-5 bounce@ is bounced, suppressed, and in the red envelope until it is dismissed", async () => {
    const id = await send(simulator("bounce"));
    expect(await view(id)).toMatchObject({
      status: "bounced",
      attention: true,
      recipients: [{ state: "bounced", failure_type: "bounce", reply: "550 5.1.1 user unknown" }],
    });
    expect(await types(id)).toEqual(["queued", "sent", "bounced"]);
    expect(await suppressed(simulator("bounce"))).toMatchObject({ scope: "all", origin: "bounce", email: id });
    expect(await today()).toMatchObject({ ...none, sent: 1, bounced: 1 });
    await dismiss(env.ports, db.id, id);
    expect((await view(id)).attention).toBe(false);
  });

  it("R-FAIL-5 complaint@ is delivered, then complained of, and suppressed", async () => {
    const id = await send(simulator("complaint"));
    expect(await view(id)).toMatchObject({ status: "complained", attention: true });
    expect(await types(id)).toEqual(["queued", "sent", "delivered", "complained"]);
    expect(await suppressed(simulator("complaint"))).toMatchObject({ scope: "all", origin: "complaint" });
    expect(await today()).toMatchObject({ ...none, sent: 1, delivered: 1, complained: 1 });
  });

  it("ooto@ is delivered: an automatic answer is no bounce", async () => {
    const id = await send(simulator("ooto"));
    expect(await view(id)).toMatchObject({ status: "delivered", attention: false });
    expect(await types(id)).toContain("auto_replied");
    expect(await suppressed(simulator("ooto"))).toBeUndefined();
    expect(await today()).toMatchObject({ ...none, sent: 1, delivered: 1 });
  });

  it("R-FAIL-5 suppressionlist@ is bounced by SES's own list, and suppressed", async () => {
    const id = await send(simulator("suppressionlist"));
    expect(await view(id)).toMatchObject({ status: "bounced", attention: true });
    const bounced = (await view(id)).events.find(({ type }) => type === "bounced");
    expect(bounced?.bounce).toEqual({ type: "Permanent", sub_type: "OnAccountSuppressionList" });
    expect(await suppressed(simulator("suppressionlist"))).toMatchObject({ scope: "all" });
  });

  it("R-FAIL-7 is no part of the platform's reputation", async () => {
    await send("customer@example.net");
    await send(simulator("bounce"));
    await send(simulator("complaint"));
    const day = (await usage(env.ports, await db.version())).date;
    const shards = await env.ports.store.batchGet([0, 1, 2, 3].map((n) => keys.statistic(db.id, day, n)));
    const sum = (count: string) => shards.reduce((all, item) => all + Number(item[count] ?? 0), 0);
    expect([sum("platform_ended"), sum("platform_bounced"), sum("platform_complained")]).toEqual([1, 0, 0]);
  });
});

describe("several recipients", () => {
  it("R-FAIL-1 each has its own state; the red envelope stands for all", async () => {
    const id = await send("a@example.net", simulator("bounce"), simulator("complaint"));
    const { recipients, attention } = await view(id);
    expect(recipients.map(({ state }) => state)).toEqual(["delivered", "bounced", "complained"]);
    expect(attention).toBe(true);
    expect(await today()).toMatchObject({ ...none, sent: 3, delivered: 2, bounced: 1, complained: 1 });
  });

  it("R-FAIL-3 an event that settles a mail leaves the red envelope to those of it that failed", async () => {
    const { id } = await accept(env.ports, await db.version(), mail({ to: ["a@example.net", "b@example.net"] }));
    await env.jobs.take("dispatch");
    const { store } = env.ports;
    const red = { mark_pk: `ATT#${db.id}`, mark_sk: id };
    await store.write({ update: keys.emailHead(db.id, id), set: { state: "failed", failure_type: "unknown", ...red } });
    const failed = { state: "failed", failure_type: "smtp_permanent" };
    await store.write({ update: keys.emailRecipient(db.id, id, 1), set: failed });
    await store.write({ update: keys.emailHead(db.id, id), set: { maybe_sent: true } });
    const delivered = { address: "a@example.net", kind: "delivered", at, dedupe: "1" } as const;
    await apply(env.ports, { database: db.id, id }, [delivered]);
    const { recipients, attention } = await view(id);
    expect([recipients.map(({ state }) => state), attention]).toEqual([["delivered", "failed"], true]);
  });
});

describe("suppression", () => {
  const bounce = async (status: string, address = "customer@example.net") => {
    const id = await send(address);
    await apply(env.ports, { database: db.id, id }, [{ address, kind: "bounced", status, at: nowIso(), dedupe: id }]);
    return id;
  };
  const nowIso = () => new Date(env.ports.clock.now()).toISOString();

  it.each(["5.7.1", "5.2.2", "5.3.4", "5.4.4"])(
    "R-FAIL-5 %s bounces, and suppresses nobody at once",
    async (status) => {
      expect((await view(await bounce(status))).status).toBe("bounced");
      expect(await suppressed("customer@example.net")).toBeUndefined();
    },
  );

  it.each(["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"])("R-FAIL-5 %s suppresses at once", async (status) => {
    await bounce(status);
    expect(await suppressed("customer@example.net")).toMatchObject({ scope: "all", origin: "bounce" });
  });

  it("R-FAIL-5 five soft bounces over more than a week suppress for mass mail, four or a shorter time do not", async () => {
    for (let n = 0; n < 4; n++) await bounce("5.7.1");
    env.advance(6 * 86_400_000);
    await bounce("5.7.1");
    expect(await suppressed("customer@example.net")).toBeUndefined();
    env.advance(2 * 86_400_000);
    await bounce("5.2.2");
    expect(await suppressed("customer@example.net")).toMatchObject({ scope: "mass", origin: "soft_bounces" });
    expect(await env.ports.store.get(keys.softBounces(db.id, "customer@example.net"))).toBeUndefined();
  });

  it("R-FAIL-5 what a user has put on the list stays, and what was taken off is not put there by an old event", async () => {
    const key = keys.suppression(db.id, simulator("bounce"));
    const manual = { ...key, scope: "all", origin: "manual", created_at: at, expires_at: 4_000_000_000 };
    const { id } = await accept(env.ports, await db.version(), mail({ to: [simulator("bounce")] }));
    await deliver(env);
    await env.ports.store.write({ put: manual });
    await events();
    expect(await env.ports.store.get(key)).toEqual(manual);
    await env.ports.store.write({ delete: key });
    const change = { address: simulator("bounce"), kind: "bounced", permanent: true, at, dedupe: "again" } as const;
    await apply(env.ports, { database: db.id, id }, [change]);
    expect(await env.ports.store.get(key)).toBeUndefined();
  });

  it("a bounce of the address all mail is redirected to suppresses nobody", async () => {
    await patchDatabase(env.ports, name, { delivery: "redirect", redirect_to: simulator("bounce") });
    const id = await send("customer@example.net");
    expect((await view(id)).status).toBe("bounced");
    for (const address of ["customer@example.net", simulator("bounce")])
      expect(await suppressed(address)).toBeUndefined();
  });
});

describe("opens and clicks", () => {
  const message = () => env.ses.mailbox.list(1)[0]?.id ?? "";
  const open = (userAgent: string) => ({ timestamp: "2036-01-01T00:00:00.000Z", ipAddress: "192.0.2.1", userAgent });

  it("are off by default: SES is not asked for them, and what comes all the same is dropped", async () => {
    const id = await send("reader@example.net");
    await env.ses.control.tell(message(), "OPEN", open("Thunderbird"));
    expect(env.ses.control.pending()).toBe(0);
    await apply(env.ports, { database: db.id, id }, [{ address: null, kind: "opened", at, dedupe: "o" }]);
    expect(await types(id)).not.toContain("opened");
  });

  it("are entries of the timeline where the database tracks them, those of machines marked", async () => {
    await patch(env.ports, await db.version(), { tracking: { opens: true, clicks: true } });
    await provision(env.ports, await env.jobs.take("provision"));
    const id = await send("reader@example.net");
    await env.ses.control.tell(message(), "OPEN", open("Thunderbird"));
    await env.ses.control.tell(message(), "OPEN", open("Mozilla/5.0"));
    const click = { ...open("Firefox"), link: "https://company.com/", linkTags: null };
    for (let n = 0; n < 2; n++) await env.ses.control.tell(message(), "CLICK", click);
    await events();
    const found = (await view(id)).events.filter(({ type }) => type === "opened" || type === "clicked");
    expect(found).toHaveLength(3);
    expect(found.map(({ type, machine, link }) => [type, machine, link])).toEqual(
      expect.arrayContaining([
        ["clicked", undefined, "https://company.com/"],
        ["opened", true, undefined],
        ["opened", undefined, undefined],
      ]),
    );
    expect((await view(id)).status).toBe("delivered");
  });

  it("a delay is an entry of the timeline, and a subscription is nothing", async () => {
    const id = await send("slow@example.net");
    const timestamp = "2036-01-01T00:00:00.000Z";
    const delayedRecipients = [
      { emailAddress: "slow@example.net", status: "4.4.1", diagnosticCode: "smtp; 421 later" },
    ];
    const delay = { timestamp, delayType: "SpamDetected", expirationTime: timestamp, delayedRecipients };
    await env.ses.control.tell(message(), "DELIVERY_DELAY", delay);
    await env.ses.control.tell(message(), "SUBSCRIPTION", { contactList: "none", timestamp, source: "Manual" });
    await events();
    const { events: timeline, status } = await view(id);
    expect(status).toBe("delivered");
    expect(timeline.at(-1)).toMatchObject({ type: "delivery_delayed", reply: "421 later", status: "4.4.1" });
  });

  it("R-FAIL-1 a rejection ends a mail that SES took and sends to nobody", async () => {
    const { id } = await accept(env.ports, await db.version(), mail({ to: ["virus@example.net"] }));
    await deliver(env);
    // The embedded SES delivers all that it takes
    while (env.ses.control.pending() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await env.jobs.take("feedback");
    await env.ses.control.tell(message(), "REJECT", { reason: "Bad content" });
    await events();
    expect(await view(id)).toMatchObject({
      status: "failed",
      attention: true,
      recipients: [{ failure_type: "provider", reply: "SES would not send it: Bad content" }],
    });
    expect(await types(id)).toEqual(["queued", "sent", "rejected"]);
    expect(await today()).toMatchObject({ ...none, sent: 1, failed: 1 });
  });
});
