import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Conversation, type Correspondent, type Json, startConversations } from "../support/conversation.ts";

/** Answers that come back, on the wire: real mails out of the program, and into its SMTP listener. */

vi.setConfig({ testTimeout: 180_000 });

let all: Conversation;
let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "posthouse-"));
  all = await startConversations(dataDir);
}, 120_000);
afterAll(async () => {
  await all.close();
  await rm(dataDir, { recursive: true, force: true });
});

const ticket = (id: string) => `/threads/helpdesk.ticket/${id}`;
/** People of a database's own: what one gets is of that database. */
const people = ({ name }: Correspondent) => ({ mary: `mary@${name}.example.com`, tom: `tom@${name}.example.net` });
const wait = { timeout: 60_000, interval: 200 };

/** Posts a message that Mary and Tom follow, and has each answer the other. */
async function talk(
  db: Correspondent,
  id: string,
  { notifications, leads, forwarded }: { notifications: string; leads: string; forwarded?: string },
): Promise<void> {
  const { mary, tom } = people(db);
  await db.ok("PUT", ticket(id), { name: `Ticket ${id}` });
  for (const address of [mary, tom]) await db.ok("PUT", `${ticket(id)}/followers/${address}`, {});
  await db.ok("POST", `${ticket(id)}/messages`, { author: `Ann <ann@${db.D}>`, text: "How can we help?" });
  const asked = await db.mailTo(mary);
  expect(asked.field("reply-to")).toMatch(new RegExp(`^<?${leads}>?$`));

  await db.answer(asked, { From: `"Mary" <${mary}>`, text: "It is broken." }, forwarded);
  const told = await db.mailTo(tom, "It is broken.");
  expect(told.field("from")).toMatch(new RegExp(`^"?Mary"? <${notifications}>$`));
  expect(told.field("reply-to")).toMatch(new RegExp(`^<?${leads}>?$`));

  await db.answer(told, { From: `Tom <${tom}>`, text: "Have you tried again?" }, forwarded);
  const back = await db.mailTo(mary, "Have you tried again?");
  expect(back.field("from")).toMatch(new RegExp(`^"?Tom"? <${notifications}>$`));
  const { data } = await db.ok("GET", `${ticket(id)}/messages`);
  expect((data as Json[]).map(({ author }) => (author as Json)["name"])).toEqual(["Ann", "Mary", "Tom"]);
  // Nobody is told what they have written
  expect(await db.count(mary, "It is broken.")).toBe(0);
  expect(await db.count(tom, "Have you tried again?")).toBe(0);
}

describe("the page's example, end to end", () => {
  it("R-NOT-3 R-IN-1 over the default domain", async () => {
    const db = await all.database("company-name");
    await talk(db, "7", { notifications: `notifications@${db.D}`, leads: `catchall\\+[a-z0-9-]+@${db.D}` });
  });

  it("R-NOT-3 R-IN-1 over a custom domain whose MX is ours", async () => {
    const db = await all.database("custom");
    await db.verify("company-name.com");
    const leads = "catchall\\+[a-z0-9-]+@company-name.com";
    await talk(db, "7", { notifications: "notifications@company-name.com", leads });
  });

  it("R-NOT-3 R-IN-8 over an external server, the mailbox elsewhere and forwarded", async () => {
    const db = await all.database("external");
    await db.ok("POST", "/domains", { name: "company-name.org" });
    await db.server("company-name.org");
    // Its MX is not ours: no token, and what comes to its mailbox is handed on to the default domain
    const forwarded = `catchall@${db.D}`;
    await talk(db, "7", {
      notifications: "notifications@company-name.org",
      leads: "catchall@company-name.org",
      forwarded,
    });
  });
});

describe("scenarios of the page", () => {
  it("scenario 3: mail to catchall, bounce and notifications without reference makes nothing", async () => {
    const db = await all.database("scenario3");
    const { mary } = people(db);
    for (const local of ["catchall", "bounce", "notifications"])
      await db.hand([`${local}@${db.D}`], { From: mary, Subject: local, text: "Hello?" });
    await vi.waitFor(async () => expect(await db.received()).toHaveLength(3), wait);
    expect((await db.received()).map(({ status, route }) => [status, Object.keys(route as Json)])).toEqual(
      Array(3).fill(["rejected", ["rule", "why"]]),
    );
  });

  it("scenario 4: an alias makes a new record, an answer to our mail of ticket 7 is an entry on 7", async () => {
    const db = await all.database("scenario4");
    await db.ok("POST", "/aliases", { name: "support", model: "helpdesk.ticket" });
    await db.hand([`support@${db.D}`], { From: "new@client.test", Subject: "Broken", text: "Help!" });
    await vi.waitFor(async () => expect(await db.received()).toHaveLength(1), wait);
    const [fresh = {}] = await db.received();
    expect(fresh).toMatchObject({ status: "threaded", route: { thread: { model: "helpdesk.ticket", new: true } } });
    await db.ok("POST", `/received/${String(fresh["id"])}/confirm`, { record_id: 6 });
    expect(await db.ok("GET", ticket("6"))).toMatchObject({ name: "Broken", followers: 1 });

    const thread = { model: "helpdesk.ticket", record_id: 7 };
    await db.ok("POST", "/emails", { to: "new@client.test", subject: "Ticket 7", text: "Done?", thread });
    const ours = await db.mailTo("new@client.test", "Done?");
    await db.answer(ours, { From: "new@client.test", text: "Yes." }, `support@${db.D}`);
    await vi.waitFor(async () => expect(await db.received()).toHaveLength(1), wait);
    expect(await db.received()).toMatchObject([{ route: { rule: "reply", thread: { record_id: "7", new: false } } }]);
  });

  it("scenario 19: answers to a catchall that was renamed come to their thread; with keep_old false they do not", async () => {
    const db = await all.database("scenario19");
    const { mary } = people(db);
    const domain = await db.verify("company-name.net");
    const thread = { model: "helpdesk.ticket", record_id: "7" };
    await db.ok("POST", "/emails", { to: mary, subject: "Ticket 7", text: "Done?", thread });
    const ours = await db.mailTo(mary, "Done?");
    const renamed = await db.ok("PATCH", `/domains/${domain}`, { catchall_alias: "answers" });
    expect(renamed["former_addresses"]).toMatchObject([{ address: "catchall@company-name.net" }]);
    await db.answer(ours, { From: mary, text: "Yes." }, "catchall@company-name.net");
    await vi.waitFor(
      async () => expect(await db.received()).toMatchObject([{ status: "threaded", route: { thread } }]),
      wait,
    );
    await db.ok("PATCH", `/domains/${domain}`, { catchall_alias: "replies", keep_old: false });
    await db.answer(ours, { From: mary, text: "Once more." }, "catchall@company-name.net");
    await vi.waitFor(async () => expect(await db.received()).toHaveLength(2), wait);
    expect((await db.received())[1]).toMatchObject({ status: "rejected", route: { rule: "none" } });
    expect((await db.ok("GET", `${ticket("7")}/messages`))["data"]).toHaveLength(1);
  });

  it("scenario 22: Tom gets an email of Mary's name, Ann an inbox entry, Mary nothing; a note reaches neither", async () => {
    const db = await all.database("scenario22");
    const { mary, tom } = people(db);
    const ann = "ann@users.example";
    await db.ok("PUT", `/users/${ann}`, { name: "Ann", notify: "inbox" });
    for (const address of [mary, tom, ann]) await db.ok("PUT", `${ticket("22")}/followers/${address}`, {});
    const thread = { model: "helpdesk.ticket", record_id: "22" };
    await db.ok("POST", "/emails", { to: mary, subject: "Ticket 22", text: "Well?", thread });
    const ours = await db.mailTo(mary, "Well?");
    const before = await db.used();
    await db.answer(ours, { From: `“Mary” <${mary}>`, text: "All well." });
    const told = await db.mailTo(tom, "All well.");
    expect(told.field("from")).toMatch(new RegExp(`^"?Mary"? <notifications@${db.D}>$`));
    expect(told.field("reply-to")).toMatch(new RegExp(`^<?catchall\\+[a-z0-9-]+@${db.D}>?$`));
    await vi.waitFor(async () => expect((await db.ok("GET", `/inbox?user=${ann}`))["data"]).toHaveLength(1), wait);
    expect(await db.used()).toBe(before + 1);
    const note = { author: `Ann <${ann}>`, text: "Mary is difficult.", subtype: "note" };
    const { notifications } = await db.ok("POST", `${ticket("22")}/messages`, note);
    expect(notifications).toMatchObject({ emails: 0, inbox: 0 });
    expect(await db.used()).toBe(before + 1);
    for (const address of [ann, mary]) expect(await db.count(address, "All well.")).toBe(0);
    for (const address of [mary, tom]) expect(await db.count(address, "Mary is difficult.")).toBe(0);
  });
});
