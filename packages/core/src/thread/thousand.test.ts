import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import { follow, posting } from "../../../../test/support/thread.ts";
import { mailId } from "../batch/record.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import { patch } from "../settings/patch.ts";
import * as Audience from "./audience.ts";
import * as Message from "./message.ts";
import { goOn, post } from "./post.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T12:00:00Z") });
});
afterAll(() => env.close());

const reset = "2026-11-22T23:00:00.000Z";

/** A thread with a thousand followers, and a daily limit of 400. */
async function setUp(on_limit: "reject" | "hold") {
  const db = await makeDatabase(env.ports, { name: `thousand${made++}`, daily_limit: 400 });
  await patch(env.ports, await db.version(), { on_limit });
  const thread = await follow(env.ports, db, []);
  // As they are stored, for a thousand requests would take their time
  const puts = Array.from({ length: 1_000 }, (_, n) => {
    const address = `f${String(n).padStart(4, "0")}@example.net`;
    const item = { address, name: null, user: false, notify: null, subtypes: ["comment"], created_at: "" };
    return { put: { ...keys.follower(db.id, thread.id, address), ...item } };
  });
  for (let n = 0; n < puts.length; n += 100) await env.ports.store.transact(puts.slice(n, n + 100));
  const version = await db.version();
  let { message, told } = await post(env.ports, version, thread, posting());
  const item = await Message.find(env.ports, db.id, thread.id, message.id);
  // On a machine that is slow enough the time of a request is over before
  while (item && told.pending > 0) ({ message, told } = await goOn(env.ports, version, thread, item));
  const audience = await Audience.find(env.ports, { database: db.id, thread: thread.id, message: message.id });
  return { db, thread, message, told, audience, used: (await usage(env.ports, await db.version())).used };
}

/** The kinds of objects that are stored of a database. */
const objects = async (db: string) =>
  (await Promise.all([8, 40, 130, 400].map((days) => env.ports.blobs.list(`keep-${days}d/${db}/`))))
    .flat()
    .map((key) => key.slice(key.lastIndexOf("/") + 1, key.lastIndexOf("_")));

describe("R-NOT-4 a thousand followers", () => {
  it("one message is stored once, the daily limit holds, and the poster is told what was not sent", async () => {
    const { db, thread, message, told, audience, used } = await setUp("reject");
    expect(told).toMatchObject({ emails: 400, held: 0, inbox: 0, not_sent_count: 600, pending: 0 });
    expect(told.not_sent).toHaveLength(100);
    expect(told.not_sent[0]).toEqual({
      address: "f0400@example.net",
      reason: "daily_quota_exceeded",
      message: expect.stringContaining(reset),
      resets_at: reset,
    });
    expect(used).toBe(400);
    const { pk } = keys.thread(db.id, thread.id);
    const of = async (prefix: string) => (await env.ports.store.query({ pk, prefix, consistent: true })).items;
    expect((await of(keys.messagePrefix)).map(({ id }) => id)).toEqual([message.id]);
    expect((await of(keys.audiencePrefix)).map(({ sk }) => sk)).toEqual([`${keys.audiencePrefix}${message.id}`]);
    // Four batches that were accepted, and the one that found the limit full
    expect(await objects(db.id)).toEqual(["bat", "bat", "bat", "bat", "bat"]);
    const heads = audience?.batches.flatMap(({ id, n }) =>
      Array.from({ length: n }, (_, at) => keys.emailHead(db.id, mailId(id, at))),
    );
    expect(await env.ports.store.batchGet(heads ?? [])).toHaveLength(400);
  }, 90_000);

  it("R-LIM-4 with on_limit: hold the rest waits in line, in ten batches of one body each", async () => {
    const { db, told, audience, used } = await setUp("hold");
    expect(told).toEqual({ emails: 1_000, held: 600, inbox: 0, not_sent: [], not_sent_count: 0, pending: 0 });
    expect(used).toBe(400);
    expect(audience?.batches.map(({ n }) => n)).toEqual(Array.from({ length: 10 }, () => 100));
    expect(await objects(db.id)).toEqual(Array.from({ length: 10 }, () => "bat"));
  }, 90_000);
});
