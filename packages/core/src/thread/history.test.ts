import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, makeDatabase, type TestDatabase, takeEvents } from "../../../../test/support/database.ts";
import { follow, posting } from "../../../../test/support/thread.ts";
import { dismiss } from "../email/dismiss.ts";
import * as keys from "../keys.ts";
import { read } from "./attachment.ts";
import { ensure } from "./ensure.ts";
import { get, type HistoryQuery, list, notifications } from "./history.ts";
import { post } from "./post.ts";
import type { RecordRef } from "./record.ts";
import { remove } from "./remove.ts";

let env: TestPorts;
let db: TestDatabase;
let other: TestDatabase;
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports, { name: "history" });
  other = await makeDatabase(env.ports, { name: "other" });
});
afterAll(() => env.close());

let n = 0;
const ref = (): RecordRef => ({ model: "helpdesk.ticket", record_id: `h${++n}` });
const say = async (one: RecordRef, changes: Parameters<typeof posting>[0] = {}) => {
  env.advance(1);
  const version = await db.version();
  return (await post(env.ports, version, await ensure(env.ports, version, one), posting(changes))).message;
};
const all = async (one: RecordRef, query: Partial<HistoryQuery> = {}) =>
  list(env.ports, await db.version(), one, { limit: 20, ...query });
const bad = "bounce@simulator.amazonses.com";

describe("the messages of a record", () => {
  it("R-NOT-2 are listed oldest first, in pages either way, with what was said", async () => {
    const one = ref();
    for (const text of ["one", "two", "three", "four"]) await say(one, { text, html: `<b>${text}</b>` });
    const texts = async (query: Partial<HistoryQuery>) => (await all(one, query)).data.map(({ text }) => text);
    const first = await all(one, { limit: 2 });
    expect([first.data.map(({ html }) => html), first.has_more]).toEqual([["<b>one</b>", "<b>two</b>"], true]);
    expect(await texts({ limit: 2, after: first.cursor ?? "" })).toEqual(["three", "four"]);
    const last = (await all(one)).data.at(-1);
    expect(await texts({ limit: 2, before: last?.id ?? "" })).toEqual(["two", "three"]);
    expect(last).toMatchObject({
      thread: one,
      author: { name: "Mary", address: "mary@customer.example" },
      subtype: "comment",
      received_id: null,
      cut: false,
      attention: false,
      notifications: { emails: 0, inbox: 0, pending: 0, data: [], has_more: false },
    });
    expect(await get(env.ports, await db.version(), one, last?.id ?? "")).toEqual(last);
    await expect(all(one, { after: "em_x" })).rejects.toMatchObject({ name: "invalid_parameter" });
  });

  it("R-NOT are no other database's, and gone with their thread, or after 400 days", async () => {
    const [one, two] = [ref(), ref()];
    const { id } = await say(one, { text: "secret" });
    await say(two);
    await expect(list(env.ports, await other.version(), one, { limit: 20 })).rejects.toMatchObject({
      name: "not_found",
    });
    await ensure(env.ports, await other.version(), one);
    const theirs = get(env.ports, await other.version(), one, id);
    await expect(theirs).rejects.toMatchObject({ name: "not_found" });
    await expect(get(env.ports, await db.version(), two, id)).rejects.toMatchObject({ name: "not_found" });
    await remove(env.ports, await db.version(), two);
    await expect(all(two)).rejects.toMatchObject({ name: "not_found" });
    env.advance(401 * 86_400_000);
    expect((await all(one)).data).toEqual([]);
    await expect(get(env.ports, await db.version(), one, id)).rejects.toMatchObject({ name: "not_found" });
  });

  it("R-FAIL-3 are in attention while one of their emails is, and until that is dismissed", async () => {
    const one = ref();
    const good = ["a", "b", "c"].map((name) => `${name}@company.example`);
    await follow(env.ports, db, [...good, bad], one);
    const [calm, { id }] = [await say(one, { has: [bad] }), await say(one)];
    await deliver(env);
    env.advance(60_000);
    await takeEvents(env);
    const { data } = await all(one);
    expect(data.map((message) => [message.id, message.attention])).toEqual([
      [calm.id, false],
      [id, true],
    ]);
    const told = data[1]?.notifications;
    expect(told).toMatchObject({ emails: 4, has_more: false });
    expect(told?.data.map(({ address, failure_type }) => [address, failure_type])).toEqual([
      [bad, "bounce"],
      ...good.map((address) => [address, null]),
    ]);
    expect(told?.data[0]?.state).toBe("bounced");
    await dismiss(env.ports, db.id, told?.data[0]?.email_id ?? "");
    const after = await get(env.ports, await db.version(), one, id);
    expect([after.attention, after.notifications.data.length]).toEqual([false, 4]);
  });

  it("R-NOT-4 has all of its emails in pages", async () => {
    const one = ref();
    await follow(env.ports, db, ["a@b.example", "b@b.example", "c@b.example"], one);
    const { id } = await say(one);
    const of = async (query: Partial<HistoryQuery>) =>
      notifications(env.ports, await db.version(), one, id, { limit: 2, ...query });
    const first = await of({});
    expect([first.data.map(({ address }) => address), first.has_more]).toEqual([["a@b.example", "b@b.example"], true]);
    const next = await of({ after: first.cursor ?? "" });
    expect([next.data.map(({ address }) => address), next.has_more]).toEqual([["c@b.example"], false]);
    const back = await of({ before: next.data[0]?.email_id ?? "" });
    expect(back.data).toEqual(first.data);
    await expect(of({ after: id })).rejects.toMatchObject({ name: "invalid_parameter" });
  });
});

describe("a large message", () => {
  it("R-NOT has its texts cut, in a list to the line of an excerpt where they are an object", async () => {
    const one = ref();
    const noise = Buffer.from(env.ports.random.bytes(400_000)).toString("base64");
    const { id } = await say(one, { text: `Begin ${noise}`, html: `ä${"€".repeat(400_000)}` });
    const [listed] = (await all(one)).data;
    expect([listed?.cut, listed?.html, listed?.text?.length]).toEqual([true, null, 200]);
    const whole = await get(env.ports, await db.version(), one, id);
    expect([whole.cut, whole.text?.length, whole.html?.slice(-2)]).toEqual([true, noise.length + 6, "€€"]);
    expect(Buffer.byteLength(whole.html ?? "")).toBeLessThanOrEqual(1_000_000);
  });

  it("R-NOT makes a page shorter than was asked for, never so that one is lost", async () => {
    const one = ref();
    // Compresses well, and is long in JSON: each character of it is six there
    const html = "\u0001".repeat(99_000);
    for (let k = 0; k < 9; k++) await say(one, { html, text: `${k}` });
    const seen: (string | null)[] = [];
    for (let after: string | undefined, more = true; more; ) {
      const page = await all(one, after === undefined ? {} : { after });
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(5_000_000);
      seen.push(...page.data.map(({ text }) => text));
      [after, more] = [page.cursor ?? undefined, page.has_more];
    }
    expect(seen).toEqual(Array.from({ length: 9 }, (_, k) => `${k}`));
    const { data } = await all(one, {
      limit: 1,
      before: (await get(env.ports, await db.version(), one, await lastOf(one))).id,
    });
    expect(data.map(({ text }) => text)).toEqual(["7"]);
  });

  it("R-NOT-3 has its files to be downloaded, a large one by a link, and no others", async () => {
    const one = ref();
    const big = Buffer.alloc(5_000_000, "x");
    const attachments = [
      { filename: "a.txt", content: Buffer.from("hello").toString("base64"), content_type: "text/plain" },
      { filename: "big.bin", content: big.toString("base64") },
    ];
    const { id } = await say(one, { attachments });
    const version = await db.version();
    expect((await all(one)).data[0]?.attachments).toEqual([
      { n: 0, filename: "a.txt", content_type: "text/plain", size: 5, content_id: null },
      { n: 1, filename: "big.bin", content_type: "application/octet-stream", size: 5_000_000, content_id: null },
    ]);
    expect(await read(env.ports, version, one, id, "0")).toEqual({ filename: "a.txt", bytes: Buffer.from("hello") });
    const file = await read(env.ports, version, one, id, "1");
    if (!("link" in file)) throw new Error("a large file is no link");
    const response = await fetch(file.link);
    expect(Buffer.from(await response.arrayBuffer()).equals(big)).toBe(true);
    for (const place of ["2", "-1", "x", ""])
      await expect(read(env.ports, version, one, id, place)).rejects.toMatchObject({ name: "not_found" });
    const foreign = read(env.ports, await other.version(), one, id, "0");
    await expect(foreign).rejects.toMatchObject({ name: "not_found" });
    await remove(env.ports, version, one);
    expect((await env.ports.blobs.list("keep-")).filter((key) => key.includes(id))).toEqual([]);
  });
});

/** The last message's id. */
async function lastOf(one: RecordRef): Promise<string> {
  const thread = await ensure(env.ports, await db.version(), one);
  const { items } = await env.ports.store.query({
    pk: keys.thread(db.id, thread.id).pk,
    prefix: keys.messagePrefix,
    descending: true,
    limit: 1,
  });
  return String(items[0]?.["id"]);
}
