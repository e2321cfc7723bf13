import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import PostalMime from "postal-mime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, makeDatabase } from "../../../../test/support/database.ts";
import { follow, posting } from "../../../../test/support/thread.ts";
import { patch as patchDatabase } from "../database/patch.ts";
import { list } from "../email/list.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import type { Ports } from "../ports/main.ts";
import { patch } from "../settings/patch.ts";
import { add } from "../suppression/suppression.ts";
import { tick } from "../tick/run.ts";
import * as Audience from "./audience.ts";
import * as Follower from "./follower.ts";
import * as Message from "./message.ts";
import { goOn, post } from "./post.ts";
import type { MessageRecord, ThreadRecord } from "./record.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T12:00:00Z") });
});
afterAll(() => env.close());

const addresses = (count: number) =>
  Array.from({ length: count }, (_, n) => `f${String(n).padStart(4, "0")}@example.net`);

async function setUp(count: number, daily_limit = 1_000, on_limit: "reject" | "hold" = "reject") {
  const name = `tell${made++}`;
  const db = await makeDatabase(env.ports, { name, daily_limit });
  await patch(env.ports, await db.version(), { on_limit });
  const thread = await follow(env.ports, db, []);
  for (const address of addresses(count))
    await env.ports.store.write({
      put: {
        ...keys.follower(db.id, thread.id, address),
        ...{ address, name: null, user: false, notify: null, subtypes: ["comment"], created_at: "" },
      },
    });
  const tell = async (changes: Parameters<typeof posting>[0] = {}, ports: Ports = env.ports) =>
    post(ports, await db.version(), thread, posting(changes));
  const used = async () => (await usage(env.ports, await db.version())).used;
  return { db, name, thread, tell, used };
}
const audience = (thread: ThreadRecord, message: MessageRecord) =>
  Audience.find(env.ports, { database: thread.database, thread: thread.id, message: message.id });

describe("R-LIM-4 what waits", () => {
  it("R-LIM-4 goes after the reset, and each gets one", async () => {
    const { db, tell } = await setUp(7, 4, "hold");
    expect((await tell()).told).toMatchObject({ emails: 7, held: 3 });
    env.advance(12 * 3_600_000);
    await tick(env.ports);
    await deliver(env);
    const sent = env.ses.mailbox.list().filter(({ tenant }) => tenant === db.id);
    expect(sent.flatMap(({ recipients }) => recipients).toSorted()).toEqual(addresses(7));
  });
});

describe("R-LIM-4 what was made of inbound mail", () => {
  it("R-LIM-4 is held, never rejected, whatever on_limit says; also where nothing may be sent at all", async () => {
    const { tell, used, name } = await setUp(3, 2);
    expect((await tell({ holds: true })).told).toMatchObject({ emails: 3, held: 1, not_sent_count: 0 });
    expect(await used()).toBe(2);
    await patchDatabase(env.ports, name, { daily_limit: 0 });
    expect((await tell({ holds: true })).told).toMatchObject({ emails: 3, held: 3, not_sent_count: 0 });
    expect((await tell()).told).toMatchObject({ emails: 0, held: 0, not_sent_count: 3 });
  });

  it("R-LIM-4 waits while the database is paused", async () => {
    const { db, tell, name } = await setUp(2);
    await patchDatabase(env.ports, name, { status: "paused" });
    expect((await tell({ holds: true })).told).toMatchObject({ emails: 0, not_sent_count: 0, pending: 2 });
    env.advance(20_000);
    await tick(env.ports);
    await patchDatabase(env.ports, name, { status: "active" });
    env.advance(60_000);
    await tick(env.ports);
    expect((await list(env.ports, await db.version(), { limit: 10 })).data).toHaveLength(2);
  });

  it("R-LIM-4 for as long as mail is held; then it says that nobody was told", async () => {
    const { thread, tell, name } = await setUp(2);
    await patchDatabase(env.ports, name, { status: "paused" });
    const { message } = await tell({ holds: true });
    env.advance(31 * 86_400_000);
    await tick(env.ports);
    const record = await audience(thread, message);
    expect(Audience.toldOf(record)).toMatchObject({ not_sent_count: 2, pending: 0 });
    expect(record?.["due_pk" as keyof typeof record]).toBeUndefined();
  });
});

describe("R-NOT-2 one follower costs nobody else theirs", () => {
  it("R-NOT-2 whatever their name is, it goes out as it is", async () => {
    const { db, thread, tell } = await setUp(2);
    const name = `=?utf-8?q?a=0Ab?= ${"x".repeat(2_000)}`;
    await Follower.put(env.ports, db.id, thread.id, { address: "f0000@example.net", name });
    expect((await tell()).told).toMatchObject({ emails: 2, not_sent_count: 0 });
    await deliver(env);
    const [sent] = env.ses.mailbox.list().filter(({ recipients }) => recipients.includes("f0000@example.net"));
    const mime = await PostalMime.parse(env.ses.mailbox.raw(sent?.id ?? "") ?? "");
    expect(mime.to).toEqual([{ name, address: "f0000@example.net" }]);
  });

  it("R-NOT-2 whose address is none is not told, alone or among others", async () => {
    const { db, thread, tell } = await setUp(2);
    await Follower.put(env.ports, db.id, thread.id, { address: "a-jörg@example.net" });
    const { told } = await tell();
    expect(told).toMatchObject({ emails: 2, not_sent_count: 1, pending: 0 });
    expect(told.not_sent).toMatchObject([{ address: "a-jörg@example.net", reason: "address_invalid" }]);
    for (const address of addresses(2)) await Follower.remove(env.ports, db.id, thread.id, address);
    expect((await tell()).told).toMatchObject({ emails: 0, not_sent_count: 1, pending: 0 });
  });
});

describe("R-FAIL-5 a follower who is suppressed", () => {
  it("is not mailed, and the poster is told", async () => {
    const { db, tell, used } = await setUp(3);
    await add(env.ports, db.id, { address: "f0001@example.net", scope: "all", origin: "manual" });
    const { told } = await tell();
    expect(told).toMatchObject({ emails: 2, not_sent_count: 1, pending: 0 });
    expect(told.not_sent).toMatchObject([{ address: "f0001@example.net", reason: "suppressed" }]);
    expect(await used()).toBe(2);
  });
});

describe("R-NOT-4 telling that takes longer than a call", () => {
  it("says how many are pending, and the tick goes on at once", async () => {
    const { db, thread, tell, name } = await setUp(2);
    for (const address of addresses(120).slice(2))
      await env.ports.store.write({
        put: {
          ...keys.follower(db.id, thread.id, address),
          ...{ address, name: null, user: true, notify: "inbox", subtypes: ["comment"], created_at: "" },
        },
      });
    await patchDatabase(env.ports, name, { status: "paused" });
    const { message } = await tell({ holds: true });
    await patchDatabase(env.ports, name, { status: "active" });
    const item = await Message.find(env.ports, db.id, thread.id, message.id);
    if (!item) throw new Error("no message");
    const { told } = await goOn(env.ports, await db.version(), thread, item, { within: 0 });
    expect(told).toMatchObject({ inbox: 118, emails: 0, pending: 2 });
    await tick(env.ports);
    expect(Audience.toldOf(await audience(thread, message))).toMatchObject({ inbox: 118, emails: 2, pending: 0 });
  });

  it("ends with its thread, and where whom it was for is lost says that nobody was told", async () => {
    const { db, thread, tell, name } = await setUp(2);
    await patchDatabase(env.ports, name, { status: "paused" });
    const [first, second] = [(await tell({ holds: true })).message, (await tell({ holds: true })).message];
    await env.ports.store.write({
      delete: Audience.peopleKey(keys.audience(db.id, thread.id, first.id)),
    });
    env.advance(20_000);
    await tick(env.ports);
    expect(Audience.toldOf(await audience(thread, first))).toMatchObject({ not_sent_count: 2, pending: 0 });
    await env.ports.store.write({ update: keys.thread(db.id, thread.id), set: { deleted_at: "now" } });
    env.advance(3_600_000);
    await tick(env.ports);
    const { items } = await env.ports.store.query({
      pk: keys.thread(db.id, thread.id).pk,
      prefix: keys.audiencePrefix,
      consistent: true,
    });
    expect(items.map(({ sk }) => sk)).toEqual([keys.audience(db.id, thread.id, first.id).sk]);
    expect(await audience(thread, second)).toBeUndefined();
  });

  it("R-NOT-2 nothing is stored on a thread that is being deleted", async () => {
    const { db, thread, tell } = await setUp(1);
    await env.ports.store.write({ update: keys.thread(db.id, thread.id), set: { deleted_at: "now" } });
    await expect(tell({ holds: true })).rejects.toMatchObject({ name: "not_found" });
    expect((await list(env.ports, await db.version(), { limit: 10 })).data).toEqual([]);
  });
});
