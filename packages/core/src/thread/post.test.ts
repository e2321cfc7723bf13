import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import PostalMime from "postal-mime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { type Following, follow, posting } from "../../../../test/support/thread.ts";
import { make } from "../id.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import * as Audience from "./audience.ts";
import * as Content from "./content.ts";
import * as Message from "./message.ts";
import { post } from "./post.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

async function setUp(followers: readonly Following[] = []) {
  const db = await makeDatabase(env.ports, { name: `post${made++}` });
  const thread = await follow(env.ports, db, followers);
  const tell = async (changes: Parameters<typeof posting>[0] = {}) =>
    post(env.ports, await db.version(), thread, posting(changes));
  return { db, thread, tell };
}
const sent = async (db: TestDatabase) => {
  await deliver(env);
  return env.ses.mailbox.list().filter(({ tenant }) => tenant === db.id);
};
const recipients = async (db: TestDatabase) => (await sent(db)).flatMap((each) => each.recipients).toSorted();
const inbox = async (db: TestDatabase, user: string) =>
  (await env.ports.store.query({ pk: keys.inbox(db.id, user, "").pk, consistent: true })).items;

describe("R-NOT-2 a message is told to every follower of its subtype", () => {
  it("R-NOT-2 but its author, and those who have it already", async () => {
    const { db, tell } = await setUp([
      "mary@customer.example",
      "joe@example.net",
      "ann@example.net",
      { address: "boss@example.net", subtypes: ["stage"] },
    ]);
    const { told } = await tell({
      author: { name: "Mary", address: "MARY@customer.example" },
      has: ["ann@example.net"],
    });
    expect(told).toEqual({ emails: 1, held: 0, inbox: 0, not_sent: [], not_sent_count: 0, pending: 0 });
    expect(await recipients(db)).toEqual(["joe@example.net"]);
  });

  it("R-NOT-2 internal notes go to users, never to customers", async () => {
    const subtypes = ["comment", "note"];
    const { db, tell } = await setUp([
      { address: "customer@example.net", subtypes },
      { address: "user@example.net", subtypes, user: true },
      { address: "known@example.net", subtypes },
    ]);
    await env.ports.store.write({
      put: { ...keys.user(db.id, "known@example.net"), name: "Known", notify: "inbox", created_at: "" },
    });
    const { told, message } = await tell({ subtype: "note" });
    expect(told).toMatchObject({ emails: 1, inbox: 1 });
    expect(await recipients(db)).toEqual(["user@example.net"]);
    expect(await inbox(db, "known@example.net")).toMatchObject([{ message: message.id }]);
    const ref = await env.ports.store.get(keys.replyTo(db.id, message.id));
    expect(ref).toMatchObject({ internal: true, message: message.id });
  });

  it("R-IN-5 a silent one is stored and told to nobody", async () => {
    const { db, tell, thread } = await setUp(["joe@example.net"]);
    const { told, message } = await tell({ silent: true });
    expect(told).toMatchObject({ emails: 0, inbox: 0, pending: 0 });
    expect(await Message.find(env.ports, db.id, thread.id, message.id)).toBeDefined();
    expect(await recipients(db)).toEqual([]);
  });
});

describe("R-NOT-4 email and inbox", () => {
  it("R-NOT-4 email notifications count in the daily limit, inbox entries do not, one copy each", async () => {
    const { db, tell } = await setUp([
      "a@example.net",
      "b@example.net",
      { address: "u@example.net", user: true, notify: "inbox" },
    ]);
    const { told } = await tell();
    expect(told).toMatchObject({ emails: 2, inbox: 1 });
    expect((await usage(env.ports, await db.version())).used).toBe(2);
    expect(await recipients(db)).toEqual(["a@example.net", "b@example.net"]);
  });
});

describe("R-NOT-3 the notification", () => {
  it("R-NOT-3 comes from the author by the notification address, names the message, asks for no out-of-office answers", async () => {
    const { db, tell } = await setUp(["joe@example.net"]);
    const { message } = await tell({ subject: "Offer", html: "<p>Hi</p>", text: "Hi" });
    const [one] = await sent(db);
    const mime = await PostalMime.parse(env.ses.mailbox.raw(one?.id ?? "") ?? "");
    const header = (key: string) => mime.headers.find((each) => each.key === key)?.value;
    const name = `post${made - 1}.posthouse.test`;
    expect(mime.from).toEqual({ name: "Mary", address: `notifications@${name}` });
    expect(mime.to).toEqual([{ name: "", address: "joe@example.net" }]);
    expect([mime.subject, mime.text?.trim(), mime.html?.trim()]).toEqual(["Offer", "Hi", "<p>Hi</p>"]);
    expect(header("references")?.startsWith(`<${message.id}@${name}> <em_`)).toBe(true);
    expect(header("x-auto-response-suppress")).toBe("OOF");
    expect(header("x-posthouse-loop")).toBe(name);
    expect(header("auto-submitted")).toBeUndefined();
    const body = message.id.slice("msg_".length);
    expect(mime.replyTo?.[0]?.address).toMatch(new RegExp(`^catchall\\+${body}-[0-9a-f]{16}@${name}$`));
  });

  it("R-NOT-3 keeps the From of an author whose domain is the database's own", async () => {
    const { db, tell } = await setUp(["joe@example.net"]);
    const author = { name: "Ann", address: `ann@post${made - 1}.posthouse.test` };
    await tell({ author });
    expect((await sent(db)).map(({ from }) => from)).toEqual([`"Ann" <${author.address}>`]);
  });

  it("R-NOT-3 keeps the author's name, whatever it looks like", async () => {
    const { db, tell } = await setUp(["joe@example.net"]);
    const name = "=?utf-8?q?a=0Ab?=";
    await tell({ author: { name, address: "mary@customer.example" } });
    const [one] = await sent(db);
    const mime = await PostalMime.parse(env.ses.mailbox.raw(one?.id ?? "") ?? "");
    expect(mime.from).toEqual({ name, address: `notifications@post${made - 1}.posthouse.test` });
  });

  it("R-NOT-3 of an author that no mail could come from it is the company's", async () => {
    const { db, tell } = await setUp(["joe@example.net"]);
    const { told } = await tell({ author: { name: null, address: "nobody" }, holds: true });
    expect(told).toMatchObject({ emails: 1, not_sent_count: 0 });
    expect((await sent(db)).map(({ from }) => from)).toEqual([expect.stringContaining("notifications@")]);
  });

  it("R-NOT-3 names what it answers, and the author's own Message-Id, before its own", async () => {
    const { db, tell } = await setUp(["joe@example.net"]);
    const references = ["<em_1@example.com>", "not one"];
    const { message } = await tell({ message_id: "<own@customer.example>", references });
    const [one] = await sent(db);
    const raw = (env.ses.mailbox.raw(one?.id ?? "") ?? "").toString().replaceAll(/\r\n[ \t]/g, " ");
    const name = `post${made - 1}.posthouse.test`;
    expect(raw).toContain(`References: <em_1@example.com> <own@customer.example> <${message.id}@${name}> <em_`);
  });

  it("R-NOT-3 an API message without references answers the one before it", async () => {
    const { db, tell } = await setUp(["joe@example.net"]);
    const { message } = await tell({ subject: "Offer" });
    await tell({ subject: null });
    const [last] = await sent(db);
    expect(last?.subject).toBe("Re: Offer");
    expect((env.ses.mailbox.raw(last?.id ?? "") ?? "").toString()).toContain(`References: ${message.message_id}`);
  });

  it("R-NOT-2 R-NOT-3 nothing of a note is in what customers are told after it", async () => {
    const { db, tell } = await setUp(["customer@example.net"]);
    await tell({ subject: "Offer" });
    // More of them than are looked at at once
    for (let n = 0; n < 25; n++)
      await tell({ subtype: "note", subject: "He is broke", message_id: `<about-${n}@tom.example>` });
    await tell({ subject: null });
    const [last] = await sent(db);
    const raw = (env.ses.mailbox.raw(last?.id ?? "") ?? "").toString();
    expect(raw).toMatch(/^Subject: Re: Offer\r$/m);
    expect(raw).not.toMatch(/about-|broke/);
  });

  it("R-NOT-3 a note answers the message before it, note or not", async () => {
    const { db, tell } = await setUp([{ address: "user@example.net", user: true, subtypes: ["note"] }]);
    await tell({ subject: "Offer" });
    await tell({ subtype: "note", subject: "He is broke" });
    await tell({ subtype: "note", subject: null });
    const subjects = (await sent(db)).map(({ subject }) => subject);
    expect(subjects.toSorted()).toEqual(["He is broke", "Re: He is broke"]);
  });
});

describe("a message", () => {
  it("is stored with its content, and what its author's Message-Id leads to", async () => {
    const { db, tell, thread } = await setUp();
    const attachments = [{ filename: "a.txt", content: Buffer.from("A").toString("base64") }];
    const message_id = "<own@customer.example>";
    const { message } = await tell({ html: "<p>One &amp; <b>two</b></p>", text: null, attachments, message_id });
    const item = await Message.find(env.ports, db.id, thread.id, message.id);
    if (!item) throw new Error("no message");
    expect(Message.fromItem(item)).toMatchObject({
      excerpt: "One & two",
      message_id,
      files: [{ filename: "a.txt", content_type: "application/octet-stream", size: 1, content_id: null }],
    });
    expect(await Content.texts(env.ports, item)).toMatchObject({ text: null });
    expect(await Content.files(env.ports, item)).toEqual(attachments);
    expect(await env.ports.store.get(keys.messageId(db.id, message_id, message.id))).toBeDefined();
  });
});

describe("R-PERS-2 whom a notification is of", () => {
  it("is the author, where that is a user who posted it; never by what came in under the name", async () => {
    const { db, thread, tell } = await setUp(["joe@example.net", { address: "ann@example.net", user: true }]);
    const ann = { name: "Ann", address: "Ann@example.net" };
    const of = async (changes: Parameters<typeof posting>[0]) => {
      const { message } = await tell(changes);
      return Audience.find(env.ports, { database: db.id, thread: thread.id, message: message.id });
    };
    expect(await of({ author: ann })).toMatchObject({ creator: true });
    expect(await of({})).toMatchObject({ creator: false });
    expect(await of({ author: ann, received: make("received", env.ports), holds: true })).toMatchObject({
      creator: false,
    });
  });

  it("R-DOM-8 a company that is gone keeps nobody from being told", async () => {
    const { db, thread } = await setUp(["joe@example.net"]);
    const company = make("company", env.ports);
    const { told } = await post(env.ports, await db.version(), { ...thread, company }, posting());
    expect(told).toMatchObject({ emails: 1, not_sent_count: 0 });
  });
});
