import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import * as Dispatch from "../dispatch/batch.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import { run } from "./batch.ts";

let env: TestPorts;
let db: TestDatabase;
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
});
afterAll(() => env.close());

const event = (type: string, { database = db.id as string, id = "", attempt = "1", messageId = "0100-1-000000" }) => ({
  eventType: type,
  mail: {
    messageId,
    timestamp: "2026-11-23T07:00:00.000Z",
    tags: {
      "ses:from-domain": ["company-name.posthouse.test"],
      posthouse_database: [database],
      posthouse_email: [id],
      posthouse_attempt: [attempt],
      posthouse_try: ["1"],
    },
  },
  ...detail[type],
});
/** What an event of a type cannot do without. */
const at = "2026-11-23T07:00:01.000Z";
const one = [{ emailAddress: "nobody@example.net" }];
const detail: Readonly<Record<string, object>> = {
  Delivery: { delivery: { timestamp: at, recipients: [] } },
  Bounce: { bounce: { bounceType: "Transient", bouncedRecipients: one, timestamp: at } },
  Complaint: { complaint: { complainedRecipients: one, complaintFeedbackType: "not-spam", timestamp: at } },
  DeliveryDelay: { deliveryDelay: { timestamp: at, delayedRecipients: one } },
  Reject: { reject: { reason: "Bad content" } },
  "Rendering Failure": { failure: { errorMessage: "Attribute 'x' is not present" } },
};
const take = (...bodies: unknown[]) =>
  run(
    env.ports,
    bodies.map((body, n) => ({ id: `m${n}`, group: null, body })),
  );
const status = async (id: string) => (await get(env.ports, db.id, id)).status;
/** An email that waits, its hand-over not known of. */
const waiting = async () => (await accept(env.ports, await db.version(), mail())).id;

describe("feedback", () => {
  it.each(["Send", "Delivery", "Bounce", "Complaint", "DeliveryDelay"])(
    "%s proves that SES has the mail",
    async (type) => {
      const id = await waiting();
      expect(await take(event(type, { id }))).toEqual({ failed: [] });
      expect(await status(id)).toBe("sent");
      await deliver(env);
      expect(env.ses.mailbox.list()).toEqual([]);
    },
  );

  it.each(["Reject", "Rendering Failure"])("%s says that SES has it and sends it to nobody", async (type) => {
    const id = await waiting();
    await take(event(type, { id }), event("Send", { id }));
    expect(await get(env.ports, db.id, id)).toMatchObject({
      status: "failed",
      attention: true,
      recipients: [{ failure_type: "provider", reply: expect.stringMatching(/Bad content|Attribute/) }],
    });
    await deliver(env);
    expect(env.ses.mailbox.list()).toEqual([]);
  });

  it("the older form without event publishing is no failure, and is of no email", async () => {
    const { mail: of } = event("Send", {});
    expect(await take({ notificationType: "Bounce", mail: { ...of, tags: undefined } })).toEqual({ failed: [] });
  });

  it("writes nothing when the head is already sent", async () => {
    const id = await waiting();
    await deliver(env);
    expect(await status(id)).toBe("sent");
    const messageId = env.ses.mailbox.list(1)[0]?.id ?? "";
    env.meter.reset();
    await take(event("Send", { id, messageId }), event("Delivery", { id, messageId }));
    expect(env.meter.read().writes).toBe(0);
  });

  it("any number of times, all at once: one state, the provider's id kept", async () => {
    const id = await waiting();
    const same = event("Send", { id, messageId: "0100-2-000000" });
    expect(await take(...Array.from({ length: 10 }, () => same))).toEqual({ failed: [] });
    const head = await env.ports.store.get(keys.emailHead(db.id, id));
    expect(head).toMatchObject({ state: "sent", provider_id: "0100-2-000000" });
    expect(head).not.toHaveProperty("due_pk");
    expect(await env.ports.store.get(keys.messageId(db.id, "0100-2-000000", id))).toBeDefined();
    await env.jobs.take("dispatch");
  });

  it("G4 mail that went out twice is found by both of its ids", async () => {
    const id = await waiting();
    await env.ports.store.write({ update: keys.emailHead(db.id, id), set: { maybe_sent: true } });
    await take(event("Send", { id, messageId: "0100-3-000000" }));
    await take(event("Send", { id, messageId: "0100-4-000000" }));
    for (const provider of ["0100-3-000000", "0100-4-000000"])
      expect(await env.ports.store.get(keys.messageId(db.id, provider, id))).toBeDefined();
    const head = await env.ports.store.get(keys.emailHead(db.id, id));
    expect(head).toMatchObject({ state: "sent", provider_id: "0100-3-000000" });
    await env.jobs.take("dispatch");
  });

  it("G4 the id of a hand-over that could not be kept is kept by its event", async () => {
    const id = await waiting();
    const { store } = env.ports;
    const write: typeof store.write = async (one) => {
      if ("put" in one && one.put.pk.startsWith("MID#")) throw new Error("the store does not answer");
      return store.write(one);
    };
    await Dispatch.run({ ...env.ports, store: { ...store, write } }, await env.jobs.take("dispatch"));
    const messageId = env.ses.mailbox.list(1)[0]?.id ?? "";
    expect(await status(id)).toBe("sent");
    expect(await store.get(keys.messageId(db.id, messageId, id))).toBeUndefined();
    await take(event("Send", { id, messageId }));
    expect(await store.get(keys.messageId(db.id, messageId, id))).toBeDefined();
  });

  it("another attempt's event and another database's change nothing", async () => {
    const other = await makeDatabase(env.ports, { name: "other" });
    const id = await waiting();
    await take(event("Send", { id, attempt: "2" }), event("Send", { id, database: other.id }), event("Send", {}));
    expect(await status(id)).toBe("queued");
    await env.jobs.take("dispatch");
  });

  it("SES's greeting of a new topic is no failure, and none of what came with it", async () => {
    const greeting = "Successfully validated SNS topic for Amazon SES event publishing.";
    expect(await take(greeting, "Hello.")).toEqual({ failed: ["m1"] });
  });

  it("what is no event is reported, so that it ends in the dead-letter queue; the rest is taken in", async () => {
    const id = await waiting();
    const bad = [
      null,
      "text",
      {},
      { eventType: "Send" },
      { eventType: "Send", mail: { messageId: "x", timestamp: "?" } },
    ];
    expect(await take(...bad, event("Send", { id }))).toEqual({ failed: ["m0", "m1", "m2", "m3", "m4"] });
    expect(await status(id)).toBe("sent");
    await env.jobs.take("dispatch");
  });
});
