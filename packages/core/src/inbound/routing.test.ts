import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { said, take, taken, written } from "../../../../test/support/taking.ts";
import { follow, posting } from "../../../../test/support/thread.ts";
import * as Alias from "../alias/alias.ts";
import * as Domain from "../domain/domain.ts";
import { accept } from "../email/accept.ts";
import { get as getEmail } from "../email/read.ts";
import * as Thread from "../thread/find.ts";
import * as Follower from "../thread/follower.ts";
import { post } from "../thread/post.ts";

let env: TestPorts;
let db: TestDatabase;
const D = "company-name.posthouse.test";
const ticket = (record_id: string) => ({ model: "helpdesk.ticket", record_id });

beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
  await Alias.create(env.ports, await db.version(), { name: "support", model: "helpdesk.ticket" });
  await Alias.create(env.ports, await db.version(), { name: "leads", model: "crm.lead" });
});
afterAll(() => env.close());

/** An email of the database. @returns its id and Message-Id. */
async function send(record_id?: string) {
  const thread = record_id === undefined ? {} : { thread: ticket(record_id) };
  const { id } = await accept(env.ports, await db.version(), mail({ to: ["mary@customer.example"], ...thread }));
  await deliver(env);
  return { id, message_id: (await getEmail(env.ports, db.id, id)).message_id ?? "" };
}

describe("R-IN-1 a reply", () => {
  it.each(["References", "In-Reply-To"])("R-IN-1 by %s becomes a message on the thread", async (field) => {
    const sent = await send(`by-${field}`);
    const raw = written({ [field]: `<x@y.example> ${sent.message_id}` }, "Thanks.");
    const [one, ...more] = await taken(env, db, { to: [`catchall@${D}`], raw });
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      status: "threaded",
      in_reply_to_email: sent.id,
      route: { rule: "reply", email: sent.id, thread: { ...ticket(`by-${field}`), new: false } },
      source: "mx",
    });
    const messages = await said(env, db, ticket(`by-${field}`));
    expect(messages).toMatchObject([
      { author: { name: "Mary", address: "mary@customer.example" }, text: expect.stringContaining("Thanks.") },
    ]);
    expect(one?.route.message).toBe(messages[0]?.id);
  });

  it("R-IN-1 by the reply token of the address alone", async () => {
    await send("token");
    const [mime] = env.ses.mailbox.list();
    const sent = String(env.ses.mailbox.raw(mime?.id ?? ""));
    const address = /catchall\+[a-z0-9-]+@[a-z.-]+/.exec(sent)?.[0] ?? "";
    expect(address).not.toBe("");
    const [one] = await taken(env, db, { to: [address.toUpperCase()], raw: written() });
    expect(one?.route).toMatchObject({ rule: "reply", thread: ticket("token") });
    expect(one?.route.why).toContain("token");
  });

  it("R-IN-1 to an email without a thread is delivered as what it is, and never answered", async () => {
    const sent = await send();
    const answers = env.ses.mailbox.list().length;
    const raw = written({ "In-Reply-To": sent.message_id });
    const [one] = await taken(env, db, { to: [`catchall@${D}`], raw, verdicts: { dmarc: "PASS" } });
    expect(one).toMatchObject({
      status: "reply",
      in_reply_to_email: sent.id,
      route: { rule: "reply", email: sent.id },
    });
    expect(env.ses.mailbox.list()).toHaveLength(answers);
  });

  it("R-IN-1 by a routing alias of the thread's model stays on it, by one of another model makes a new record", async () => {
    const { message_id } = await send("forwarded");
    const raw = (id: string) => written({ References: message_id, "Message-ID": `<${id}@customer.example>` });
    const [same] = await taken(env, db, { to: [`support@${D}`], raw: raw("same-model") });
    expect(same?.route).toMatchObject({ rule: "reply", thread: ticket("forwarded") });
    const [other] = await taken(env, db, { to: [`leads@${D}`], raw: raw("other-model") });
    expect(other?.route).toMatchObject({
      rule: "alias",
      alias: `leads@${D}`,
      thread: { model: "crm.lead", new: true },
    });
    expect(await said(env, db, ticket("forwarded"))).toHaveLength(1);
  });

  it("R-IN-1 to the thread and to an alias of another model at once is both, once each", async () => {
    const { message_id } = await send("both");
    const raw = written({ References: message_id });
    const to = [`catchall@${D}`, `leads@${D}`, `support@${D}`];
    const found = await taken(env, db, { to, raw });
    expect(new Map(found.map(({ route, recipients }) => [route.thread?.model, recipients]))).toEqual(
      new Map([
        ["crm.lead", [`leads@${D}`]],
        ["helpdesk.ticket", [`catchall@${D}`, `support@${D}`]],
      ]),
    );
    expect(found).toHaveLength(2);
    await take(env, { to, raw });
    expect(await said(env, db, ticket("both"))).toHaveLength(1);
  });

  it("R-IN-1 to an internal note stays internal", async () => {
    const thread = await follow(
      env.ports,
      db,
      [{ address: "ann@example.net", user: true, subtypes: ["note"] }],
      ticket("n"),
    );
    const noted = await post(env.ports, await db.version(), thread, posting({ subtype: "note" }));
    const raw = written({ References: noted.message.message_id });
    const [one] = await taken(env, db, { to: [`catchall@${D}`], raw });
    expect(one?.route.why).toContain("internal");
    expect((await said(env, db, ticket("n"))).map(({ subtype }) => subtype)).toEqual(["note", "note"]);
  });

  it("R-IN-1 of another database attaches nothing", async () => {
    const other = await makeDatabase(env.ports, { name: "other" });
    const { message_id } = await send("foreign");
    const [one] = await taken(env, other, {
      to: ["catchall@other.posthouse.test"],
      raw: written({ References: message_id }),
    });
    expect(one).toMatchObject({ status: "rejected", route: { rule: "catchall" }, in_reply_to_email: null });
    expect(await said(env, db, ticket("foreign"))).toEqual([]);
  });

  it.each(["gone", "admin", "team"])(
    "R-IN-1 over %s@, whatever it is to the database, it is on its thread",
    async (local) => {
      const { message_id } = await send(local);
      const [one] = await taken(env, db, { to: [`${local}@${D}`], raw: written({ References: message_id }) });
      expect(one?.route).toMatchObject({ rule: "reply", thread: ticket(local) });
    },
  );

  it("R-IN-1 R-DOM-7 over an address that was dropped attaches nothing, is not answered, and can be routed", async () => {
    const own = await makeDatabase(env.ports, { name: "dropping" });
    const [fallback] = await Domain.list(env.ports, await own.version());
    const change = async (input: Domain.DomainInput) =>
      Domain.patch(env.ports, await own.version(), fallback?.id ?? "", input);
    const thread = { model: "helpdesk.ticket", record_id: "dropped" };
    const { id } = await accept(env.ports, await own.version(), mail({ to: ["mary@customer.example"], thread }));
    const References = (await getEmail(env.ports, own.id, id)).message_id ?? "";
    await change({ catchall_alias: "answers", keep_old: false });
    const to = ["catchall@dropping.posthouse.test"];
    const [one] = await taken(env, own, { to, raw: written({ References }), verdicts: { dmarc: "PASS" } });
    expect(one).toMatchObject({ status: "rejected", route: { rule: "none" }, in_reply_to_email: id });
    expect(one?.route.why).toContain("dropped");
    await change({ catchall_alias: "catchall" });
    const [again] = await taken(env, own, { to, raw: written({ References }) });
    expect(again?.route).toMatchObject({ rule: "reply", thread });
    expect(env.ses.mailbox.list().filter(({ tenant }) => tenant === own.id)).toEqual([]);
  });
});

describe("R-IN-2 and R-ADDR-2 addresses that make nothing", () => {
  it.each([
    ["catchall", "catchall"],
    ["bounce", "none"],
    ["notifications", "none"],
    ["nobody", "none"],
  ])("scenario 3 R-ADDR-2 mail to %s@ without reference makes nothing: rule %s", async (local, rule) => {
    const [one, ...more] = await taken(env, db, { to: [`${local}@${D}`], raw: written() });
    expect(more).toEqual([]);
    expect(one).toMatchObject({ status: "rejected", route: { rule } });
    expect(one?.route).not.toHaveProperty("thread");
  });

  it("R-IN-1 R-IN-2 R-ADDR-2 a catchall with a plus sign of its own is the catchall, with a tag and beside an alias", async () => {
    const own = await makeDatabase(env.ports, { name: "plus" });
    const [domain] = await Domain.list(env.ports, await own.version());
    await Domain.patch(env.ports, await own.version(), domain?.id ?? "", { catchall_alias: "answers+crm" });
    await Alias.create(env.ports, await own.version(), { name: "answers", model: "crm.lead" });
    const thread = await follow(env.ports, own, [], ticket("7"));
    const { message } = await post(env.ports, await own.version(), thread, posting());
    const to = ["answers+crm@plus.posthouse.test"];
    const [lost] = await taken(env, own, { to, raw: written() });
    expect(lost).toMatchObject({ status: "rejected", route: { rule: "catchall" } });
    const [answer] = await taken(env, own, { to, raw: written({ References: message.message_id }) });
    expect(answer?.route).toMatchObject({ rule: "reply", thread: ticket("7") });
    const [tagged] = await taken(env, own, { to: ["answers+crm+x@plus.posthouse.test"], raw: written() });
    expect(tagged?.route.rule).toBe("catchall");
    const [alias] = await taken(env, own, { to: ["answers+x@plus.posthouse.test"], raw: written() });
    expect(alias?.route.rule).toBe("alias");
  });

  it("R-IN-2 not every recipient a catchall: the routing alias takes it, and the sender is told nothing", async () => {
    const [one, ...more] = await taken(env, db, { to: [`catchall@${D}`, `support@${D}`], raw: written() });
    expect(more).toEqual([]);
    expect(one).toMatchObject({ status: "threaded", recipients: [`support@${D}`, `catchall@${D}`] });
  });
});

describe("R-IN-3 a routing alias", () => {
  it("scenario 4 R-IN-3 makes a new record that its sender follows; an answer to ticket 7 is an entry on 7", async () => {
    const raw = written({ From: "New <new@client.test>", Subject: "Broken" });
    const [one] = await taken(env, db, {
      ...{ to: [`Support+x@${D}`], raw, envelope_from: "new@client.test" },
      verdicts: { dmarc: "PASS" },
    });
    expect(one).toMatchObject({
      status: "threaded",
      route: { rule: "alias", thread: { record_id: one?.id, new: true } },
    });
    const thread = await Thread.byRecord(env.ports, db.id, ticket(one?.id ?? ""));
    expect(thread).toMatchObject({ name: "Broken", alias: `support@${D}`, is_new: true });
    expect(await Follower.list(env.ports, db.id, thread?.id ?? "")).toMatchObject([
      { address: "new@client.test", name: "New", subtypes: ["comment"] },
    ]);
    const { message_id } = await send("7");
    const [answer] = await taken(env, db, { to: [`support@${D}`], raw: written({ References: message_id }) });
    expect(answer?.route.thread).toEqual({ ...ticket("7"), new: false });
  });

  it("R-IN-3 of one record makes each mail a message on that", async () => {
    await Alias.create(env.ports, await db.version(), { name: "board", model: "project.task", record_id: "9" });
    for (let n = 0; n < 2; n++) {
      const [one] = await taken(env, db, { to: [`board@${D}`], raw: written() });
      expect(one?.route.thread).toEqual({ model: "project.task", record_id: "9", new: false });
    }
    expect(await said(env, db, { model: "project.task", record_id: "9" })).toHaveLength(2);
  });

  it("R-IN-3 makes no follower of what no person has written, nor of an address of the database's own", async () => {
    const followers = async (fields: Record<string, string>) => {
      const [one] = await taken(env, db, { to: [`support@${D}`], raw: written(fields) });
      const thread = await Thread.byRecord(env.ports, db.id, ticket(one?.id ?? ""));
      return (await Follower.list(env.ports, db.id, thread?.id ?? "")).length;
    };
    expect(await followers({})).toBe(1);
    expect(await followers({ "Auto-Submitted": "auto-generated" })).toBe(0);
    expect(await followers({ From: `leads@${D}` })).toBe(0);
  });
});
