import { describe, expect, it } from "vitest";
import { createFixture, failure, message } from "./fixture.ts";

describe("SendEmail", () => {
  it("accepts a raw mail and shows it in the mailbox, newest first", async () => {
    const { send, mailbox } = await createFixture({ now: () => Date.UTC(2026, 0, 2) });
    await send();
    const id = await send(
      { EmailTags: [{ Name: "db", Value: "acme" }] },
      message('From: "Mary" <mary@example.com>', "Return-Path: bounce@example.com"),
    );
    expect(id).toMatch(/^0100[0-9a-f]{12}-[0-9a-f-]{36}-000000$/);
    expect(mailbox.list()).toHaveLength(2);
    expect(mailbox.list(1)).toEqual([
      {
        id,
        at: "2026-01-02T00:00:00.000Z",
        envelope_from: "bounce@example.com",
        recipients: ["to@example.net"],
        from: '"Mary" <mary@example.com>',
        subject: "Hello",
        tenant: null,
        tags: { db: "acme" },
      },
    ]);
  });

  it("sets its own Message-ID, adds a Date and strips Bcc, Return-Path and X-SES headers", async () => {
    const { send, mailbox } = await createFixture();
    const raw = message(
      "From: mary@example.com",
      "Message-ID: <mine@example.com>",
      "References: <other@example.com>",
      "Bcc: secret@example.net",
      "Return-Path: bounce@example.com",
      "X-SES-CONFIGURATION-SET: main",
      "X-Mailer: posthouse",
    );
    const id = await send({}, raw);
    const sent = mailbox.raw(id)?.toString() ?? "";
    expect(sent).toContain(`Message-ID: <${id}@email.amazonses.com>\r\n`);
    expect(sent).toMatch(/^Date: \w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000\r$/m);
    expect(sent).toContain("References: <other@example.com>\r\nX-Mailer: posthouse\r\n");
    expect(sent).toMatch(/\r\n\r\nHi there\r\n$/);
    expect(sent).not.toMatch(/mine@|secret@|return-path|x-ses/i);
  });

  it("takes the recipients of Destination, or else those of To, Cc and Bcc", async () => {
    const { send, mailbox } = await createFixture();
    const raw = message("From: mary@example.com", "To: A <a@x.org>, b@x.org", "Cc: c@x.org", "Bcc: d@x.org");
    await send({ Destination: {} }, raw);
    expect(mailbox.list(1)[0]?.recipients).toEqual(["a@x.org", "b@x.org", "c@x.org", "d@x.org"]);
    await send({ Destination: { ToAddresses: ["e@x.org"], BccAddresses: ["Eff <f@x.org>", "e@x.org"] } }, raw);
    expect(mailbox.list(1)[0]?.recipients).toEqual(["e@x.org", "f@x.org"]);
  });

  it("prefers parameters to headers: return path, configuration set, tags as a whole", async () => {
    const { send, mailbox, events } = await createFixture();
    const headers = ["From: mary@example.com", "Return-Path: a@example.com", "X-SES-MESSAGE-TAGS: one=1, two=2"];
    await send({ ConfigurationSetName: undefined }, message(...headers, "X-SES-CONFIGURATION-SET: main"));
    expect(mailbox.list(1)[0]?.tags).toEqual({ one: "1", two: "2" });
    const param = { FeedbackForwardingEmailAddress: "b@example.com", EmailTags: [{ Name: "three", Value: "3" }] };
    await send(param, message(...headers, "X-SES-CONFIGURATION-SET: none"));
    expect(mailbox.list(1)[0]).toMatchObject({ envelope_from: "b@example.com", tags: { three: "3" } });
    await events(4);
  });

  it("decodes the subject for the mailbox and keeps every byte of the body", async () => {
    const { send, mailbox } = await createFixture();
    const body = Buffer.from([0x80, 0xff, 0x0d, 0x0a, 0x0d, 0x0a, 0x00]);
    const head = "From: =?utf-8?Q?J=C3=B6rg?= <j@example.com>\r\nSubject: =?utf-8?B?w6k=?=\r\n\r\n";
    const id = await send({}, Buffer.concat([Buffer.from(head), body]));
    expect(mailbox.list(1)[0]).toMatchObject({ subject: "é", from: "Jörg <j@example.com>" });
    expect(mailbox.raw(id)?.subarray(-body.length)).toEqual(body);
  });

  it("refuses what no message may be", async () => {
    const { send } = await createFixture({ limits: { messageBytes: 5000 } });
    const many = Array.from({ length: 51 }, (_, n) => `u${n}@example.net`);
    const tag = (Name: string, Value: string) => ({ EmailTags: [{ Name, Value }] });
    const from = "From: mary@example.com";
    const cases: [Promise<unknown>, RegExp][] = [
      [
        send({ Destination: { ToAddresses: many.slice(0, 20), CcAddresses: many.slice(20) } }),
        /Recipient count exceeds 50/,
      ],
      [send({ Destination: {} }), /Missing required header 'To'/],
      [send({ Destination: { ToAddresses: ["nobody"] } }), /Missing final '@domain'/],
      [send({ Destination: { ToAddresses: ["a@exämple.com"] } }), /illegal character/],
      [send({ Destination: { ToAddresses: ["jörg@example.com"] } }), /non-ASCII/],
      [send({ FeedbackForwardingEmailAddress: "<>" }), /Missing final '@domain'/],
      [send(tag("db", "a.b")), /Invalid message tag/],
      [send(tag("db", "é")), /Invalid message tag/],
      [send(tag("x".repeat(257), "a")), /Invalid message tag/],
      [send({ EmailTags: [...tag("a", "1").EmailTags, ...tag("a", "2").EmailTags] }), /Duplicate message tag/],
      [send({}, message(from, "from: eve@example.com")), /Duplicate header 'from'/],
      [send({}, message(from, "X-A: b\rBcc: eve@example.net")), /control character|bare carriage/],
      [send({}, message(from, "X-Name: Jörg")), /non-ASCII/],
      [send({}, message(from, "no colon here")), /no field name/],
      [send({}, message("From: a@example.com, b@example.com")), /Expected one address/],
      [send({}, message("To: a@example.com")), /Missing required header 'From'/],
      [send({}, message(from, `X-Long: ${"x".repeat(999)}`)), /longer than 998/],
      [send({}, Buffer.alloc(5001, "x\n")), /Message length is more than 5000/],
      [send({ Content: { Simple: { Subject: { Data: "s" }, Body: { Text: { Data: "t" } } } } }), /Content\.Raw only/],
      [send({ Content: { Template: { TemplateName: "t", TemplateData: "{}" } } }), /Content\.Raw only/],
    ];
    const errors = await Promise.all(cases.map(([call]) => failure(call)));
    for (const [index, error] of errors.entries()) {
      expect(error).toMatchObject({ name: "BadRequestException", status: 400 });
      expect(error.message).toMatch(cases[index]?.[1] ?? /never/);
    }
  });

  it("takes 50 recipients and a message of exactly the largest size", async () => {
    const raw = message("From: mary@example.com");
    const { send, mailbox } = await createFixture({ limits: { messageBytes: raw.length } });
    await send({ Destination: { ToAddresses: Array.from({ length: 50 }, (_, n) => `u${n}@example.net`) } }, raw);
    expect(mailbox.list(1)[0]?.recipients).toHaveLength(50);
  });
});
