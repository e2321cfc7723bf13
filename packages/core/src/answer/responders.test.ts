import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hasty } from "../../../../test/support/answer.ts";
import { deliver, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { arrive } from "../../../../test/support/inbound.ts";
import { follow, posting } from "../../../../test/support/thread.ts";
import * as Alias from "../alias/alias.ts";
import { patch } from "../database/patch.ts";
import { run } from "../inbound/batch.ts";
import { confirm } from "../inbound/confirm.ts";
import * as Header from "../inbound/header.ts";
import { list } from "../inbound/list.ts";
import { pass } from "../inbound/loop.ts";
import { mailboxes } from "../inbound/people.ts";
import type { Ports } from "../ports/main.ts";
import { byRecord } from "../thread/find.ts";
import { post } from "../thread/post.ts";

/** Of one sender to one record, or of new records, in two hours (R-IN-5). */
const limit = 20;
/** Of these so many are left. */
const left = 3;

let env: TestPorts;
let ports: Ports;
let seen: number;
beforeEach(async () => {
  env = await startTestPorts();
  ports = hasty(env);
  seen = 0;
});
afterEach(() => env.close());

async function database(name: string): Promise<TestDatabase> {
  const db = await makeDatabase(ports, { name });
  await patch(ports, name, { daily_limit: 1_000 });
  await Alias.create(ports, await db.version(), { name: "desk", model: "helpdesk.ticket", accept_from: "everyone" });
  return db;
}

/** That a sender has made all entries of a record but the last few, so that nobody has to wait for those. */
async function before({ id: db }: TestDatabase, sender: string, what: string): Promise<void> {
  for (let n = left; n < limit; n++) await pass(ports, db, { sender, what, id: `rcv_${n}`, allowed: [] });
}

/** What SES has taken since. */
function fresh() {
  const mails = env.ses.mailbox.list().toReversed().slice(seen);
  seen += mails.length;
  return mails.map((mail) => ({ ...mail, raw: env.ses.mailbox.raw(mail.id) ?? Buffer.alloc(0) }));
}
type Mail = ReturnType<typeof fresh>[number];

const vouched = { dmarc: "PASS", spf: "PASS" } as const;
const takeIn = async (given: Parameters<typeof arrive>[1]) => {
  expect(await run(ports, [await arrive(env, { verdicts: vouched, ...given })])).toEqual({ failed: [] });
  await deliver({ ...env, ports });
};

/** A program elsewhere that answers all it gets, and does not say that it is one. */
async function robot(address: string, { raw }: Mail): Promise<void> {
  const fields = Header.fields(Header.split(raw).header);
  const value = (name: string) => Header.first(fields, name) ?? "";
  const [to] = mailboxes(value("reply-to") || value("from"));
  const id = `<${Math.random().toString(36).slice(2)}@${address.split("@")[1]}>`;
  const answer = [
    `From: ${address}`,
    `To: ${to?.address ?? ""}`,
    `Subject: Re: ${value("subject")}`,
    `Message-ID: ${id}`,
    `In-Reply-To: ${value("message-id")}`,
    `References: ${value("references")} ${value("message-id")}`,
    "",
    "I have your mail.",
  ];
  await takeIn({ to: [to?.address ?? ""], raw: answer.join("\n"), envelope_from: address });
}

/** Lets everybody answer until nobody does any more. @returns how many mails went out. */
async function talk(receive: (mail: Mail, to: string) => Promise<void>, most: number): Promise<number> {
  for (let mails = fresh(); mails.length > 0; mails = fresh()) {
    for (const mail of mails) for (const to of mail.recipients) await receive(mail, to);
    if (seen > most) throw new Error(`${seen} mails, and no end`);
  }
  return seen;
}

describe("R-IN-5 R-IN-7 two auto-responders that talk to each other through us", () => {
  it("R-IN-7 one that answers our automatic answers gets as many as there are addresses", async () => {
    await database("alpha");
    const [to, address] = ["nobody@alpha.posthouse.test", "robot@one.example"];
    const raw = `From: ${address}\nTo: ${to}\nSubject: Hi\nMessage-ID: <1@one.example>\n\nHi\n`;
    await takeIn({ to: [to], raw, envelope_from: address });
    expect(await talk((mail) => robot(address, mail), 50)).toBeLessThanOrEqual(2);
  });

  it("R-IN-5 two followers of one thread stop within the loop limit", async () => {
    const db = await database("alpha");
    const robots = ["one@one.example", "two@two.example"];
    const thread = await follow(ports, db, robots);
    for (const sender of robots) await before(db, sender, thread.id);
    await post(ports, await db.version(), thread, posting());
    await deliver({ ...env, ports });
    const mails = await talk((mail, to) => robot(to, mail), 10 * limit);
    expect(mails).toBeGreaterThan(2 * left);
    // The first to both, theirs that pass; a notice to each, and to their answers to that
    expect(mails).toBeLessThanOrEqual(2 + 2 * left + 4);
  }, 120_000);

  it("R-IN-5 two databases whose applications answer each new message stop within it too", async () => {
    const dbs = [await database("alpha"), await database("beta")];
    const [alpha] = dbs;
    const thread = alpha && (await follow(ports, alpha, ["desk@beta.posthouse.test"]));
    if (!alpha || !thread) throw new Error("no thread");
    await before(alpha, "desk@beta.posthouse.test", thread.id);
    await post(
      ports,
      await alpha.version(),
      thread,
      posting({ author: { name: "Desk", address: "desk@alpha.posthouse.test" } }),
    );
    await deliver({ ...env, ports });
    const receive = async ({ raw, envelope_from }: Mail, to: string) => {
      if (!to.endsWith(".posthouse.test")) return;
      await takeIn({ to: [to], raw, envelope_from });
      for (const db of dbs) await answerAll(db);
    };
    const mails = await talk(receive, 10 * limit);
    expect(mails).toBeGreaterThan(left);
    // The first, those that pass there and back, and a notice
    expect(mails).toBeLessThanOrEqual(1 + 2 * left + 3);
  }, 120_000);
});

/** An application that answers each message that came in. */
async function answerAll(db: TestDatabase): Promise<void> {
  const { data } = await list(ports, db.id, { limit: 100 });
  for (const { id, route } of data) {
    const thread = route.thread && (await byRecord(ports, db.id, route.thread));
    await confirm(ports, await db.version(), id);
    if (!thread) continue;
    const { name } = await db.version();
    const author = { name: "Desk", address: `desk@${name}.posthouse.test` };
    await post(ports, await db.version(), thread, posting({ author, text: "We have your mail." }));
    await deliver({ ...env, ports });
  }
}
