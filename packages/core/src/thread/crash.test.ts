import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { dying } from "../../../../test/support/dying.ts";
import { follow, posting } from "../../../../test/support/thread.ts";
import { make } from "../id.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import type { Ports } from "../ports/main.ts";
import { tick } from "../tick/run.ts";
import * as Audience from "./audience.ts";
import * as Message from "./message.ts";
import { post } from "./post.ts";

let env: TestPorts;
let db: TestDatabase;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T06:00:00Z") });
  db = await makeDatabase(env.ports, { daily_limit: 10_000 });
});
afterAll(() => env.close());

const emails = ["a@example.net", "b@example.net", "c@example.net"];
const users = ["u@example.net", "v@example.net"];

/** A message of a fixed id, as of a mail that may come twice, on a thread with followers by email and inbox. */
async function setUp() {
  const inboxes = users.map((address) => ({ address, user: true, notify: "inbox" as const }));
  const record_id = String(made++);
  const thread = await follow(env.ports, db, [...emails, ...inboxes], { model: "ticket", record_id });
  const id = make("message", env.ports);
  const beside = { put: { pk: `RCV#${db.id}`, sk: record_id }, if: "attribute_not_exists(pk)" };
  const attachments = [{ filename: "a.txt", content: "QQ==" }];
  const subject = `Message ${record_id}`;
  const before = await used();
  const tell = async (ports: Ports) =>
    post(ports, await db.version(), thread, posting({ id, subject, attachments, holds: true, beside: [beside] }));
  const key = { database: db.id, thread: thread.id, message: id };
  return { thread, id, tell, key, subject, before };
}

const used = async () => (await usage(env.ports, await db.version())).used;

/** Everything that goes on once the process is gone. */
async function recover() {
  for (let n = 0; n < 2; n++) {
    env.advance(31_000);
    await tick(env.ports);
    await deliver(env);
  }
}

async function assertOnce({ thread, id, key, subject, before }: Awaited<ReturnType<typeof setUp>>) {
  const copies = env.ses.mailbox.list().filter((one) => one.subject === subject);
  expect(copies.flatMap(({ recipients }) => recipients).toSorted()).toEqual(emails);
  for (const user of users) {
    const { items } = await env.ports.store.query({ pk: keys.inbox(db.id, user, "").pk, consistent: true });
    expect(items.filter(({ message }) => message === id)).toHaveLength(1);
  }
  expect(await used()).toBe(before + emails.length);
  const record = await Audience.find(env.ports, key);
  expect(Audience.toldOf(record)).toMatchObject({ emails: 3, inbox: 2, pending: 0, not_sent_count: 0 });
  const { items } = await env.ports.store.query({
    pk: keys.thread(db.id, thread.id).pk,
    prefix: keys.audiencePrefix,
    consistent: true,
  });
  expect(items).toHaveLength(1);
}

describe("R-NOT-4 a posting, killed between any two of its writes", () => {
  it("is told once to each, or is not there at all", async () => {
    const stored: boolean[] = [];
    let finished = false;
    // Dead before a write is dead after the one before it
    for (let calls = 0; !finished; calls++) {
      const one = await setUp();
      const process = dying(env.ports, calls, "after");
      await one.tell(process.ports).catch(() => undefined);
      await recover();
      const item = await Message.find(env.ports, db.id, one.thread.id, one.id);
      stored.push(item !== undefined);
      if (item) await assertOnce(one);
      // The mail comes once more: what is there stays as it is, what is not is made
      await one.tell(env.ports);
      await recover();
      await assertOnce(one);
      finished = process.writes() <= calls;
    }
    // Nothing before the one transaction, all from it on
    expect(stored).toEqual(stored.map((_, n) => n >= stored.indexOf(true)));
    expect(stored).toContain(false);
  }, 90_000);
});

describe("R-NOT-4 twins", () => {
  it("in several processes tell each follower once", async () => {
    const one = await setUp();
    const processes = Array.from({ length: 5 }, () => ({ ...env.ports, store: { ...env.ports.store } }));
    const all = await Promise.all(processes.map((ports) => one.tell(ports)));
    expect(new Set(all.map(({ message }) => JSON.stringify(message))).size).toBe(1);
    await recover();
    await assertOnce(one);
  });

  it("of a tick and a request do as well", async () => {
    const one = await setUp();
    const dead = dying(env.ports, 2, "after");
    await one.tell(dead.ports).catch(() => undefined);
    env.advance(31_000);
    await Promise.all([tick({ ...env.ports, store: { ...env.ports.store } }), one.tell(env.ports)]);
    await recover();
    await assertOnce(one);
  });
});
