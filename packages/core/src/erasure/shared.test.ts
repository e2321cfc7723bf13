import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { traces } from "../../../../test/support/traces.ts";
import { acceptAll } from "../batch/accept.ts";
import { accept } from "../email/accept.ts";
import { findHead } from "../email/find.ts";
import { read as readRaw } from "../email/raw.ts";
import { get, raw } from "../email/read.ts";
import { retry } from "../email/retry.ts";
import { apply } from "../feedback/apply.ts";
import { run as feedback } from "../feedback/batch.ts";
import * as keys from "../keys.ts";
import { eraseFrom } from "./batch-object.ts";
import { erase } from "./erasure.ts";
import * as Needle from "./needle.ts";

const [joe, ann, mary] = ["joe@example.net", "ann@example.net", "mary@example.net"];
let env: TestPorts;
let db: TestDatabase;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
beforeEach(async () => {
  db = await makeDatabase(env.ports, { name: `shared${made++}`, daily_limit: 10_000 });
});
afterAll(() => env.close());

const forget = async (address = joe) => erase(env.ports, await db.version(), { address });
const left = (address = joe) => traces(env, db.id, address);
const show = (id: string) => get(env.ports, db.id, id);
const send = async (changes: object) => (await accept(env.ports, await db.version(), mail(changes))).id;

describe("an erasure from mail that others have as well", () => {
  it("in a batch one after the other goes, and with the last of them the body", async () => {
    const entries = [[joe, ann], [mary]].map((to, n) => mail({ to, text: `Number ${n}, to ${to.join(" and ")}.` }));
    const { accepted } = await acceptAll(env.ports, await db.version(), entries, false);
    await deliver(env);
    expect(await forget(joe)).toMatchObject({ removed: { recipients: 1, heads: 0, bodies: 1 } });
    expect((await show(accepted[0]?.id ?? "")).to).toEqual([ann]);
    expect(await forget(ann)).toMatchObject({ removed: { recipients: 0, heads: 1, bodies: 1 } });
    expect([await left(joe), await left(ann)]).toEqual([[], []]);
    expect((await show(accepted[1]?.id ?? "")).text).toBe(`Number 1, to ${mary}.`);
  });

  it("two at once in one batch do not undo each other", async () => {
    const entries = [[joe], [ann], [joe, ann, mary]].map((to) => mail({ to, text: `To ${to.join(" and ")}.` }));
    const { accepted } = await acceptAll(env.ports, await db.version(), entries, false);
    await deliver(env);
    const { blobs } = env.ports;
    const get: typeof blobs.get = async (key, range) => {
      const found = await blobs.get(key, range);
      // As long as the other takes to come to the same object
      await new Promise((resolve) => setTimeout(resolve, 300));
      return found;
    };
    const slow = { ...env.ports, blobs: { ...blobs, get } };
    const { blob = "" } = await findHead(env.ports.store, db.id, accepted[2]?.id ?? "");
    const both = await Promise.all([joe, ann].map((address) => eraseFrom(slow, blob, Needle.create(address))));
    expect(both).toEqual([2, 2]);
    expect([await left(joe), await left(ann)].flat()).not.toContain(blob);
    await Promise.all([forget(joe), forget(ann)]);
    expect([await left(joe), await left(ann)]).toEqual([[], []]);
    expect(await show(accepted[2]?.id ?? "")).toMatchObject({ to: [mary], text: expect.stringContaining(mary) });
  });

  it("R-KIND-3 of mass mail with one body for all each keeps theirs, until the last of them is erased", async () => {
    const request = mail({ kind: "mass", to: [joe, ann, mary, joe], text: "News for all." });
    const key = { key: "run", hash: "h" };
    const first = await accept(env.ports, await db.version(), request, key);
    await deliver(env);
    expect(await forget(joe)).toMatchObject({ removed: { heads: 1 } });
    expect(await left(joe)).toEqual([]);
    const [one = "", two = ""] = first.ids ?? [];
    expect(await show(one)).toMatchObject({ to: ["erased"], text: null });
    expect(await show(two)).toMatchObject({ to: [ann], text: "News for all.", status: "sent" });
    const again = await accept(env.ports, await db.version(), request, key);
    expect(again.ids).toEqual(first.ids);
    expect(JSON.stringify(again)).not.toContain("joe");
    await forget(ann);
    await forget(mary);
    for (const address of [ann, mary]) expect(await left(address)).toEqual([]);
    expect(await traces(env, db.id, "News for all.")).toEqual([]);
  });

  it("mass mail that waits goes on to the others", async () => {
    const before = env.ses.mailbox.list().length;
    await accept(env.ports, await db.version(), mail({ kind: "mass", to: [ann, joe, mary] }));
    expect(await forget(joe)).toMatchObject({ removed: { canceled: 1 } });
    await deliver(env);
    const sent = env.ses.mailbox.list().slice(0, env.ses.mailbox.list().length - before);
    expect(sent.flatMap(({ recipients }) => recipients).toSorted()).toEqual([ann, mary]);
  });

  it("a message of the caller's own names them no more, and goes out to the others with a To that servers take", async () => {
    const mime = `From: "A" <a@posthouse.test>\r\nTo: "Smith, Joe" <Joe@example.net>,\r\n Ann <${ann}>\r\nCc: joe@example.net\r\nSubject: About ${joe}\r\n\r\nDear ${joe}.\r\n`;
    const request = await readRaw(Buffer.from(mime), { to: [], kind: "transactional" });
    const { id } = await accept(env.ports, await db.version(), request);
    expect(await forget()).toMatchObject({ removed: { recipients: 1, canceled: 1 } });
    expect([await left(), await traces(env, db.id, "Smith, Joe")]).toEqual([[], []]);
    const shown = Buffer.from((await raw(env.ports, db.id, id)) as Uint8Array).toString();
    expect(shown).toContain(`\r\nTo: Ann <${ann}>\r\n`);
    expect(shown).not.toMatch(/^cc:/im);
    expect(shown).toContain(`Dear ${"*".repeat(joe.length)}.`);
    await deliver(env);
    expect((await show(id)).recipients.map(({ state }) => state)).toEqual(["canceled", "sent"]);
    expect(env.ses.mailbox.list(1)[0]?.recipients).toEqual([ann]);
  });

  it("what a server said of another in the same words is masked", async () => {
    const id = await send({ to: [joe, ann] });
    await deliver(env);
    const said = { state: "failed", failure_type: "smtp_permanent", reply: `550 not for ${joe}, nor ${ann}` };
    await env.ports.store.write({ update: keys.emailRecipient(db.id, id, 1), set: said });
    await forget();
    expect(await left()).toEqual([]);
    expect((await show(id)).recipients[1]?.reply).toBe(`550 not for ${"*".repeat(joe.length)}, nor ${ann}`);
  });
});

describe("mail that somebody was erased from", () => {
  const at = "2026-11-23T08:00:00.000Z";
  /** What SES tells of mail it has sent. */
  const told = async (id: string, detail: object) => {
    const tags = { posthouse_database: [db.id], posthouse_email: [id], posthouse_attempt: ["1"], posthouse_try: ["1"] };
    const body = { mail: { messageId: `0100-${id}`, timestamp: at, destination: [joe, ann], tags }, ...detail };
    expect(await feedback(env.ports, [{ id: "m", group: null, body }])).toEqual({ failed: [] });
  };
  const bounce = {
    eventType: "Bounce",
    bounce: {
      ...{ bounceType: "Permanent", bounceSubType: "General", timestamp: at, feedbackId: "f" },
      bouncedRecipients: [{ emailAddress: joe, diagnosticCode: `smtp; 550 5.1.1 <${joe}> unknown` }],
    },
  };
  const delayed = {
    eventType: "DeliveryDelay",
    deliveryDelay: {
      ...{ timestamp: at, delayType: "MailboxFull", expirationTime: at },
      delayedRecipients: [{ emailAddress: joe, status: "4.2.2", diagnosticCode: `smtp; 452 <${joe}> is full` }],
    },
  };
  const complaint = {
    eventType: "Complaint",
    complaint: { timestamp: at, feedbackId: "c", complainedRecipients: [{ emailAddress: joe }, { emailAddress: ann }] },
  };
  const erasedFrom = async () => {
    const id = await send({ to: [joe, ann] });
    await deliver(env);
    await forget();
    return id;
  };
  const suppressed = (address: string) => env.ports.store.get(keys.suppression(db.id, address));

  it("R-FAIL-1 takes in nothing that is told of them: the others are not who bounced, and no trace comes back", async () => {
    const id = await erasedFrom();
    await told(id, bounce);
    await told(id, delayed);
    await apply(env.ports, { database: db.id, id }, [
      { address: joe, kind: "bounced", status: "5.1.1", reply: `550 ${joe}`, at, dedupe: "r" },
      { address: joe, kind: "delivery_delayed", reply: `452 ${joe}`, at, dedupe: "d" },
    ]);
    expect((await show(id)).recipients.map(({ state }) => state)).toEqual(["sent", "sent"]);
    for (const address of [ann, joe, "erased"]) expect(await suppressed(address)).toBeUndefined();
    expect(await left()).toEqual([]);
  });

  it("R-FAIL-5 a complaint of one of them or the others is nobody's: nobody is suppressed", async () => {
    const id = await erasedFrom();
    await told(id, complaint);
    expect((await show(id)).recipients[1]?.state).toBe("sent");
    expect([await suppressed(ann), await suppressed("erased")]).toEqual([undefined, undefined]);
    // Ann's bounce leaves them as the one who has complained
    await told(id, {
      eventType: "Bounce",
      bounce: {
        ...bounce.bounce,
        bounceType: "Transient",
        bounceSubType: "MailboxFull",
        feedbackId: "g",
        bouncedRecipients: [{ emailAddress: ann }],
      },
    });
    expect((await show(id)).recipients.map(({ state }) => state)).toEqual(["complained", "bounced"]);
    expect(await suppressed("erased")).toBeUndefined();
    expect(await left()).toEqual([]);
  });

  it("R-FAIL-3 is tried again for the others only, alone for nobody", async () => {
    const failed = async (to: string[]) => {
      const id = await send({ to });
      await env.jobs.take("dispatch");
      const set = { state: "failed", failure_type: "smtp_permanent" };
      await env.ports.store.write({ update: keys.emailHead(db.id, id), set, remove: ["due_pk", "due_sk", "due_n"] });
      return id;
    };
    const [both, alone] = [await failed([joe, ann]), await failed([joe])];
    await forget();
    const version = await db.version();
    await expect(retry(env.ports, version, alone)).rejects.toMatchObject({ name: "conflict" });
    await expect(retry(env.ports, version, both, ["erased"])).rejects.toMatchObject({ name: "invalid_parameter" });
    await retry(env.ports, version, both);
    await deliver(env);
    expect(env.ses.mailbox.list(1)[0]?.recipients).toEqual([ann]);
    expect((await show(both)).recipients.map(({ state }) => state)).toEqual(["failed", "sent"]);
  });
});
