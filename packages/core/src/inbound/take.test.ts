import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { arrive, type Incoming, letter, report } from "../../../../test/support/inbound.ts";
import * as Domain from "../domain/domain.ts";
import { isUsed } from "../domain/use.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import { run } from "./batch.ts";
import { list } from "./list.ts";
import { receivedPrefix } from "./object.ts";
import { raw } from "./read.ts";

let env: TestPorts;
let db: TestDatabase;
let other: TestDatabase;
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
  other = await makeDatabase(env.ports, { name: "other" });
});
afterAll(() => env.close());

const D = "company-name.posthouse.test";
const take = async (incoming: Incoming) => {
  const job = await arrive(env, incoming);
  expect(await run(env.ports, [job])).toEqual({ failed: [] });
  return job;
};
const listed = async ({ id }: TestDatabase = db) => (await list(env.ports, id, { limit: 100 })).data;
/** What of the mail of a database is new since. */
async function during(act: () => Promise<unknown>, of: TestDatabase = db) {
  const before = new Set((await listed(of)).map(({ id }) => id));
  await act();
  return (await listed(of)).filter(({ id }) => !before.has(id));
}
const lines = (message: RegExp) => env.log.filter((line) => message.test(line.message));

describe("mail for several databases", () => {
  it("R-IN one database's trouble does not keep it from another, and it is tried again", async () => {
    const job = await arrive(env, { to: ["a@other.posthouse.test", `a@${D}`], raw: letter("trouble") });
    const { store } = env.ports;
    const broken: typeof store = {
      get: (key, options) => store.get(key, options),
      batchGet: (all, options) => store.batchGet(all, options),
      query: (query) => store.query(query),
      write: (one) => store.write(one),
      transact: async (writes, token) => {
        if (writes.some((one) => "put" in one && one.put.pk === keys.received(other.id, "").pk))
          throw new Error("broken");
        return store.transact(writes, token);
      },
    };
    const of = async (db: TestDatabase) => (await listed(db)).filter((one) => one.message_id?.startsWith("<trouble@"));
    expect((await run({ ...env.ports, store: broken }, [job])).failed).toEqual([job.id]);
    expect([(await of(db)).length, (await of(other)).length]).toEqual([1, 0]);
    expect(await run(env.ports, [job])).toEqual({ failed: [] });
    expect([(await of(db)).length, (await of(other)).length]).toEqual([1, 1]);
  });
});

describe("mail that is no report", () => {
  it("R-IN is kept whole for 30 days, with its envelope, who wrote it and what SES found", async () => {
    const [one, ...more] = await during(() =>
      take({ to: [`Sales+a@${D}`, `catchall@${D}`], raw: letter("kept", "X-More: x\n") }),
    );
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      status: "rejected",
      route: { rule: "none" },
      envelope_from: "mary@customer.example",
      recipients: [`sales+a@${D}`, `catchall@${D}`],
      from: '"Mary" <mary@customer.example>',
      subject: "An offer",
      message_id: "<kept@customer.example>",
      verdicts: { spam: "disabled", virus: "disabled", spf: "gray", dkim: "gray", dmarc: "gray" },
      confirmed_at: null,
    });
    expect(Date.parse(one?.expires_at ?? "") - Date.parse(one?.received_at ?? "")).toBeGreaterThan(29.9 * 86_400_000);
    const whole = Buffer.from((await raw(env.ports, db.id, one?.id ?? "")) as Uint8Array);
    expect(one?.size).toBe(whole.length);
    expect(whole.toString()).toContain("X-More: x\r\n\r\nHello there.\r\n");
  });

  it("R-IN makes one copy for each database, each with its own recipients, and SES's object goes", async () => {
    const to = [`a@${D}`, "b@other.posthouse.test", `c@${D}`, "d@gmail.com"];
    let theirs: Awaited<ReturnType<typeof listed>> = [];
    const [ours] = await during(async () => {
      theirs = await during(() => take({ to, raw: letter("shared") }), other);
    });
    expect(ours?.recipients).toEqual([`a@${D}`, `c@${D}`]);
    expect(theirs.map(({ recipients }) => recipients)).toEqual([["b@other.posthouse.test"]]);
    expect(await env.ports.blobs.list(receivedPrefix)).toEqual([]);
    expect(lines(/nobody/).at(-1)).toMatchObject({ level: "info", count: 1 });
  });

  it("R-IN a duplicate is ignored, by database, Message-Id and recipient", async () => {
    const raw = letter("twice");
    const found = await during(async () => {
      await take({ to: [`a@${D}`], raw });
      await take({ to: [`A@${D.toUpperCase()}`, `b@${D}`], raw: `X-Other-Way: yes\n${raw}` });
      await take({ to: [`a@${D}`, `b@${D}`], raw });
    });
    expect(found.map(({ recipients }) => recipients)).toEqual([[`a@${D}`], [`b@${D}`]]);
    expect(await during(() => take({ to: ["a@other.posthouse.test"], raw }), other)).toHaveLength(1);
  });

  it("R-IN a duplicate without a Message-Id is known by what it says", async () => {
    const raw = letter("x").replace(/^Message-ID.*\n/m, "Date: Mon, 23 Nov 2026 07:00:00 +0000\n");
    const found = await during(async () => {
      await take({ to: [`a@${D}`], raw });
      await take({ to: [`a@${D}`], raw });
      await take({ to: [`a@${D}`], raw: `${raw}\nPS` });
    });
    expect(found.map(({ message_id }) => message_id)).toEqual([null, null]);
  });

  it("R-IN without a date too two mails of a machine are two, and one that is delivered again is one", async () => {
    const raw = letter("x").replace(/^Message-ID.*\n/m, "");
    const found = await during(async () => {
      for (let n = 0; n < 2; n++) {
        const job = await arrive(env, { to: [`a@${D}`], raw });
        for (let again = 0; again < 2; again++) expect(await run(env.ports, [job])).toEqual({ failed: [] });
      }
    });
    expect(found).toHaveLength(2);
  });

  it("R-IN of two receipt rules, each with an object of its own, it comes in once for each recipient", async () => {
    const raw = letter("x").replace(/^Message-ID.*\n/m, "");
    const to = [`a@${D}`, "b@other.posthouse.test"];
    let theirs: Awaited<ReturnType<typeof listed>> = [];
    const ours = await during(async () => {
      theirs = await during(async () => {
        const job = await arrive(env, { to, raw });
        // infra/mail.ts: the first rule names the root domain, the second has all that is verified
        const own = structuredClone(job.body) as { receipt: { recipients: string[]; action: { objectKey: string } } };
        const [key, first] = [own.receipt.action.objectKey, `${receivedPrefix}own/x`];
        await env.ports.blobs.put(first, (await env.ports.blobs.get(key)) ?? new Uint8Array());
        own.receipt.recipients = [`a@${D}`];
        own.receipt.action.objectKey = first;
        for (const one of [{ ...job, id: "own", body: own }, job])
          expect(await run(env.ports, [one])).toEqual({ failed: [] });
      }, other);
    });
    expect([ours, theirs].map((all) => all.map(({ recipients }) => recipients))).toEqual([
      [[`a@${D}`]],
      [["b@other.posthouse.test"]],
    ]);
    expect(await env.ports.blobs.list(receivedPrefix)).toEqual([]);
  });

  it("R-IN is new again after 40 days", async () => {
    const raw = letter("later");
    await take({ to: [`a@${D}`], raw });
    env.advance(41 * 86_400_000);
    expect(await during(() => take({ to: [`a@${D}`], raw }))).toHaveLength(1);
  });

  it("R-IN our own loop tag is ignored, another installation's is not", async () => {
    const tagged = (root: string) => letter(`loop-${root}`, `X-Posthouse-Loop: ${root}\n`);
    expect(await during(() => take({ to: [`a@${D}`], raw: tagged("posthouse.test") }))).toEqual([]);
    expect(await during(() => take({ to: [`a@${D}`], raw: tagged("posthouse.example") }))).toHaveLength(1);
  });

  it("R-IN of nobody is dropped without an answer, and counted", async () => {
    const sent = env.ses.mailbox.list().length;
    await take({ to: ["a@unknown.posthouse.test", "postmaster@posthouse.test"], raw: letter("nobody") });
    expect(lines(/nobody/).at(-1)).toMatchObject({ count: 2 });
    expect(env.ses.mailbox.list()).toHaveLength(sent);
    expect(await env.ports.blobs.list(receivedPrefix)).toEqual([]);
  });

  it("R-DOM-7 and R-DOM-12 mail over a custom domain marks it as used, and when it came", async () => {
    const version = await db.version();
    const { id } = await Domain.create(env.ports, version, { name: "company-name.com" });
    await env.ports.store.write({ put: { ...keys.domainClaim("company-name.com"), database: db.id, token: "t" } });
    env.ses.control.verify("company-name.com");
    expect(await isUsed(env.ports.store, db.id, id)).toBe(false);
    await take({ to: ["bounce+token@company-name.com", "sales@company-name.com"], raw: letter("domain") });
    expect(await isUsed(env.ports.store, db.id, id)).toBe(true);
    const view = await Domain.get(env.ports, await db.version(), id);
    const at = view.inbound.last_mail_at;
    expect(at).toMatch(/^\d{4}-/);
    expect(view.mailboxes).toEqual([
      { address: "bounce@company-name.com", purpose: "bounce", last_mail_at: at },
      { address: "catchall@company-name.com", purpose: "catchall", last_mail_at: null },
    ]);
    const { former_addresses } = await Domain.patch(env.ports, await db.version(), id, { bounce_alias: "errors" });
    expect(former_addresses).toMatchObject([{ address: "bounce@company-name.com" }]);
    expect(await during(() => take({ to: ["bounce@company-name.com"], raw: letter("former") }))).toHaveLength(1);
  });
});

describe("a report", () => {
  const send = async (of: TestDatabase = db, to = "customer@example.net") => {
    const { id } = await accept(env.ports, await of.version(), mail({ to: [to] }));
    await deliver(env);
    return { id, message_id: (await get(env.ports, of.id, id)).message_id ?? "" };
  };
  const status = async ({ id }: { id: string }, of: TestDatabase = db) => (await get(env.ports, of.id, id)).status;
  const to = [`bounce@${D}`];

  it("R-FAIL-4 with the Message-Id of a mail to that recipient bounces it, and is not kept", async () => {
    const sent = await send();
    const told = report({ message_id: sent.message_id, recipient: "customer@example.net" });
    expect(await during(() => take({ to, raw: told, envelope_from: "" }))).toEqual([]);
    expect(await status(sent)).toBe("bounced");
    await take({ to, raw: told, envelope_from: "" });
    const events = (await get(env.ports, db.id, sent.id)).events.filter(({ type }) => type === "bounced");
    expect(events).toHaveLength(1);
  });

  it("R-FAIL-4 of another database's mail, or of another recipient, changes nothing and is kept as unmatched", async () => {
    const [foreign, own] = [await send(other, "victim@example.net"), await send(db, "friend@example.net")];
    const found = await during(async () => {
      for (const told of [
        { message_id: foreign.message_id, recipient: "victim@example.net" },
        { message_id: own.message_id, recipient: "stranger@example.net" },
        { message_id: "<guessed@company-name.posthouse.test>", recipient: "friend@example.net" },
      ])
        await take({ to, raw: report(told), envelope_from: "" });
    });
    expect(found.map(({ status, route }) => [status, route.rule])).toEqual(Array(3).fill(["unmatched", "report"]));
    expect(found[0]?.envelope_from).toBeNull();
    expect(found[1]?.route.why).toContain("or it names no recipient of that mail");
    expect([await status(foreign, other), await status(own)]).not.toContain("bounced");
  });
});

describe("what cannot be taken in", () => {
  it("a mail whose object is not there comes again, and is taken once it is", async () => {
    const job = await arrive(env, { to: [`a@${D}`], raw: letter("slow") });
    const [key = ""] = await env.ports.blobs.list(receivedPrefix);
    const bytes = await env.ports.blobs.get(key);
    await env.ports.blobs.delete(key);
    expect(await run(env.ports, [job])).toEqual({ failed: [job.id] });
    await env.ports.blobs.put(key, bytes ?? new Uint8Array());
    expect(await during(() => run(env.ports, [job]))).toHaveLength(1);
    expect(await run(env.ports, [job])).toEqual({ failed: [] });
  });

  it("what is no receipt fails alone", async () => {
    const good = await arrive(env, { to: [`a@${D}`], raw: letter("beside") });
    const bad = { id: "bad", group: null, body: { eventType: "Send" } };
    expect(
      await during(async () => expect(await run(env.ports, [bad, good])).toEqual({ failed: ["bad"] })),
    ).toHaveLength(1);
  });

  it.each([
    ["octets that are no mail", Buffer.from(Array.from({ length: 5_000 }, (_, n) => (n * 7919) % 256))],
    ["nothing", Buffer.alloc(0)],
    ["a report that is broken off", Buffer.from(report({ message_id: "<x>", recipient: "y" }).slice(0, 260))],
    ["NULs and bare CRs", Buffer.from("From: a\0b\rSubject: x\r\r\n\r\0")],
    [
      "a thousand parts",
      Buffer.from(
        `Message-ID: <parts@x.example>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n".repeat(1_000)}--b--\r\n`,
      ),
    ],
    [
      "parts within parts",
      Buffer.from(
        `Message-ID: <deep@x.example>\r\n${Array.from({ length: 300 }, (_, n) => `Content-Type: multipart/report; boundary=b${n}\r\n\r\n--b${n}\r\n`).join("")}`,
      ),
    ],
  ])("a mail that is %s is kept as it came", async (_, octets) => {
    const [one] = await during(() => take({ to: [`a@${D}`], raw: octets }));
    expect(one?.status).toMatch(/^(rejected|unmatched)$/);
    const whole = Buffer.from((await raw(env.ports, db.id, one?.id ?? "")) as Uint8Array);
    // Behind the fields of SES's own
    expect(whole.subarray(whole.length - octets.length)).toEqual(octets);
  });
});
