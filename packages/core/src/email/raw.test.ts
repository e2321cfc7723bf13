import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import PostalMime from "postal-mime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { startSink } from "../../../../test/support/sink.ts";
import * as Domain from "../domain/domain.ts";
import { usage } from "../limit/usage.ts";
import * as Server from "../server/server.ts";
import { accept } from "./accept.ts";
import { type RawRequest, read } from "./raw.ts";
import { get, raw as rawOf } from "./read.ts";

let env: TestPorts;
let db: TestDatabase;
const own = "company-name.posthouse.test";
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports, { daily_limit: 1_000 });
});
afterAll(() => env.close());

const message = (...lines: string[]) => Buffer.from(`${lines.join("\r\n")}\r\n`);
const asked = (changes: Partial<RawRequest> = {}): RawRequest => ({ kind: "transactional", to: [], ...changes });
const send = async (bytes: Uint8Array, changes: Partial<RawRequest> = {}) =>
  accept(env.ports, await db.version(), await read(bytes, asked(changes)));
/** What SES got of the mail that was sent last. */
async function sent() {
  await deliver(env);
  const [last] = env.ses.mailbox.list();
  return { ...last, raw: env.ses.mailbox.raw(last?.id ?? "")?.toString("latin1") ?? "" };
}

describe("an application's own message", () => {
  it("R-REW-5 goes out as it is but for what the rules change, and is shown", async () => {
    const body = ["--x", "Content-Type: text/plain; charset=utf-8", "", "Gr\xc3\xbc\xc3\x9fe", ".", "..", "--x--"];
    const mime = Buffer.from(
      [
        `From: Admin <admin@${own}>`,
        'To: "You" <you@example.org>',
        "Cc: third@example.org",
        "Bcc: hidden@example.org",
        "X-Odoo-Objects: res.partner-1",
        "Message-Id: <123.456@odoo>",
        "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=",
        "Content-Type: multipart/signed; boundary=x",
        "",
        ...body,
      ].join("\n"),
      "latin1",
    );
    const { id, message_id } = await send(mime);
    expect(message_id).toBe("<123.456@odoo>");
    const { raw, recipients, envelope_from } = await sent();
    expect(recipients?.toSorted()).toEqual(["hidden@example.org", "third@example.org", "you@example.org"]);
    expect(envelope_from).toBe(`bounce@${own}`);
    expect(raw.split("\r\n\r\n").slice(1).join("\r\n\r\n")).toBe(`${body.join("\r\n")}\r\n`);
    expect(raw).toMatch(/^From: Admin <admin@.*>\r\nTo: "You" <you@example.org>\r\nCc: third@example.org\r\nX-Odoo/m);
    expect(raw).toContain("References: <123.456@odoo>\r\n");
    expect(raw).toContain(`Reply-To: catchall@${own}\r\n`);
    expect(raw).not.toContain("hidden");
    expect(await get(env.ports, db.id, id)).toMatchObject({
      status: "sent",
      subject: "Grüße",
      to: ['"You" <you@example.org>'],
      cc: ["third@example.org"],
      bcc: ["hidden@example.org"],
      html: null,
      text: null,
    });
    const shown = await rawOf(env.ports, db.id, id);
    expect("link" in shown ? "" : Buffer.from(shown).toString("latin1")).toContain("Message-Id: <123.456@odoo>\r\n");
  });

  it("R-REW-1 R-REW-4 a foreign From is overridden, name and Reply-To kept", async () => {
    await send(
      message(
        "From: =?utf-8?Q?M=C3=A1ria?= <m@foreign.example>",
        "Reply-To: m@foreign.example",
        "To: a@b.example",
        "",
        "x",
      ),
    );
    const { raw } = await sent();
    const mail = await PostalMime.parse(raw);
    expect(mail.from).toEqual({ name: "Mária", address: `notifications@${own}` });
    expect(mail.replyTo).toEqual([{ name: "", address: "m@foreign.example" }]);
    expect(raw.match(/foreign/g)).toHaveLength(1);
  });

  it("the envelope of the request has the last word: whom no field shows gets a blind copy", async () => {
    const mime = message(
      "To: undisclosed-recipients:;",
      "Cc: shown@example.org, A <a@example.org>",
      "Subject: x",
      "",
      "y",
    );
    const { id } = await send(mime, { to: ["A@EXAMPLE.org", "hidden@example.org"], from: `"B" <admin@${own}>` });
    const { recipients, raw } = await sent();
    expect(recipients).toEqual(["A@example.org", "hidden@example.org"]);
    expect(raw).toContain("To: undisclosed-recipients:;\r\nCc: shown@example.org, A <a@example.org>\r\n");
    expect(raw).toContain(`From: "B" <admin@${own}>\r\n`);
    const view = await get(env.ports, db.id, id);
    expect(view.recipients.map(({ address, field }) => [address, field])).toEqual([
      ["A@example.org", "cc"],
      ["hidden@example.org", "bcc"],
    ]);
    await send(message("To: undisclosed-recipients:;", "Bcc: b1@example.org", "Bcc: b2@example.org", "", "y"));
    expect((await sent()).recipients).toEqual(["b1@example.org", "b2@example.org"]);
  });

  it("octets over 127 in the header go out as RFC 2047 has them", async () => {
    await send(
      message(
        `From: "Mária (x)" <admin@${own}>`,
        "To: Jürgen <a@b.example>",
        "Subject: Grüße",
        "X-Note: Žltá",
        "",
        "x",
      ),
    );
    const { raw } = await sent();
    expect(raw).toMatch(/^[\x20-\x7e\r\n]*$/);
    const mail = await PostalMime.parse(raw);
    expect(mail).toMatchObject({
      from: { name: "Mária (x)" },
      to: [{ name: "Jürgen", address: "a@b.example" }],
      subject: "Grüße",
    });
    expect(mail.headers).toContainEqual(expect.objectContaining({ key: "x-note", value: "=?UTF-8?B?xb1sdMOh?=" }));
  });

  it("R-KIND-3 mass mail has one recipient each, and our marks", async () => {
    const mime = message("To: a@b.example", "Precedence: first-class", "List-Id: x", "", "y");
    await send(mime, { kind: "mass" });
    const { raw } = await sent();
    expect(raw.match(/^(?:precedence|list-id|x-auto-response-suppress): \S*/gim)).toEqual([
      "Precedence: bulk",
      "X-Auto-Response-Suppress: OOF,",
    ]);
    // To whom the envelope says, a message each, with the To that its maker gave it
    const { ids } = await send(mime, { kind: "mass", to: ["a@b.example", "c@d.example"] });
    expect(ids).toHaveLength(2);
    expect((await sent()).raw).toMatch(/^To: a@b\.example\r$/m);
    const recipients = env.ses.mailbox.list(2).flatMap((each) => each.recipients);
    expect(recipients.toSorted()).toEqual(["a@b.example", "c@d.example"]);
  });

  it("R-LIM-1 is counted, and waits where it is scheduled; its own Date stays", async () => {
    const used = async () => (await usage(env.ports, await db.version())).used;
    const before = await used();
    const mime = message("To: a@b.example, c@d.example", "Date: Mon, 1 Jan 2024 00:00:00 +0100", "", "y");
    const { id } = await send(mime, { scheduled_at: "in 1 hour" });
    expect([await used(), (await get(env.ports, db.id, id)).status]).toEqual([before, "scheduled"]);
    await send(mime);
    expect(await used()).toBe(before + 2);
    expect((await sent()).raw).toContain("Date: Mon, 1 Jan 2024 00:00:00 +0100\r\n");
  });

  it.each([
    ["no recipient", message("Subject: x", "", "y"), "missing_required_field"],
    ["nothing", Buffer.alloc(0), "missing_required_field"],
    ["a recipient that is none", message("To: you", "", "y"), "invalid_parameter"],
    ["a group", message("To: Team: a@b.example, c@d.example;", "", "y"), "invalid_parameter"],
    ["two in From", message("From: a@b.example, c@d.example", "To: a@b.example", "", "y"), "invalid_from_address"],
    ["a Message-ID that is none", message("Message-ID: x y", "To: a@b.example", "", "y"), "invalid_header"],
    [
      "Content-Type outside ASCII",
      message('Content-Type: a/b; name="ü"', "To: a@b.example", "", "y"),
      "invalid_header",
    ],
    ["a Reply-To that is none", message("Reply-To: me", "To: a@b.example", "", "y"), "invalid_parameter"],
    ["a local part outside ASCII", message("To: jürgen@b.example", "", "y"), "invalid_parameter"],
  ])("%s is refused", async (_what, bytes, name) => {
    await expect(send(bytes)).rejects.toMatchObject({ name });
  });
});

describe("over a server of its own", () => {
  it("R-SRV-7 the octets as they are, said to be 8-bit; over its size it is refused", async () => {
    const commands: string[] = [];
    const sink = await startSink({
      onMailFrom({ args }, _session, done) {
        commands.push(JSON.stringify(args));
        done();
      },
    });
    const other = await makeDatabase(env.ports, { name: "own-server" });
    await Domain.create(env.ports, await other.version(), { name: "company.com" });
    await Server.create(env.ports, await other.version(), {
      name: "own",
      host: "127.0.0.1",
      port: sink.port,
      encryption: "none",
      from_filter: "company.com",
      max_email_size_mb: 1,
    });
    const mime = (body: string) =>
      message("From: a@company.com", "To: a@b.example", "Content-Type: text/plain; charset=utf-8", "", body);
    const request = async (bytes: Uint8Array) => accept(env.ports, await other.version(), await read(bytes, asked()));
    await request(mime("Grüße"));
    await deliver(env);
    expect(sink.caught).toHaveLength(1);
    expect(sink.caught[0]?.raw).toMatch(/\r\n\r\nGrüße\r\n$/);
    expect(commands[0]).toContain("8BITMIME");
    await expect(request(mime("a".repeat(900).concat("\r\n").repeat(1_200)))).rejects.toMatchObject({
      name: "email_too_large",
    });
    await sink.close();
  });
});
