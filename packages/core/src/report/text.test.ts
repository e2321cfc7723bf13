import { describe, expect, it } from "vitest";
import { read } from "./read.ts";

const crlf = (text: string) => Buffer.from(text.replace(/\r?\n/g, "\r\n"));
const encoded = (subject: string) => `=?utf-8?B?${Buffer.from(subject).toString("base64")}?=`;

/** An answer that comes by itself, with the empty reverse-path, from somebody whose telephone begins with 555. */
const answer = (subject: string, more: string, from = "Bob <bob@example.net>") =>
  crlf(`Return-Path: <>
From: ${from}
To: notifications@company-name.com
Subject: ${encoded(subject)}
Message-ID: <oof@example.net>
In-Reply-To: <em_1@company-name.com>
References: <em_1@company-name.com>
${more}Content-Type: text/plain; charset=utf-8

...

Bob Smith
bob@example.net
Tel: 555 123 4567
`);

/** A bounce in words alone. */
const bounce = (text: string, from = "MAILER-DAEMON@mx.example.net", more = "") =>
  crlf(`Return-Path: <>
From: ${from}
Subject: ${encoded("Verzögerte Zustellung")}
${more}Content-Type: text/plain; charset=utf-8

${text}
`);
const told = (raw: Uint8Array) =>
  read(raw)?.recipients.map(({ address, action, status }) => `${address} ${action} ${status}`);

describe("R-FAIL-4 what only looks like a bounce", () => {
  it.each([
    "Resposta automática: Fatura",
    "Automatisch antwoord: Factuur",
    "Autosvar: Faktura",
    "Odpowiedź automatyczna: Faktura",
    "Автоматический ответ: Счёт",
    "自动答复: 发票",
    "Whatever the language of Exchange's user is",
  ])("R-FAIL-4 Exchange's out-of-office answer is none, in whichever language: %s", (subject) => {
    const exchange = "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\n";
    expect(read(answer(subject, exchange))).toBeNull();
    const text = "bob@example.net: 550 5.1.1 is my room";
    expect(read(bounce(text, "postmaster@example.net", "X-Auto-Response-Suppress: All\n"))).toBeNull();
  });

  it("R-FAIL-4 the empty reverse-path makes no mail server: an acknowledgement has it, too", () => {
    const generated = "Auto-Submitted: auto-generated\n";
    expect(read(answer("We have got your invoice", generated))).toBeNull();
    expect(read(bounce("bob@example.net: 550 5.1.1 is my room", "Bob <bob@example.net>"))).toBeNull();
    expect(told(bounce("bob@example.net: 550 5.1.1 no such user"))).toEqual(["bob@example.net failed 5.1.1"]);
  });

  it.each([
    ["Tel: 555 123 4567"],
    ["555 123 4567"],
    ["(555) 123-4567"],
    ["Phone: 550-1234"],
    ["Total: 450 EUR"],
    ["Ihre Nachricht vom 5.1.26"],
    ["5.1.26"],
    ["Exim 4.7.2"],
    ["host 192.0.2.1: 5.1.1.9 does not answer"],
  ])("R-FAIL-4 %s is no code", (line) => {
    expect(read(bounce(`bob@example.net\n${line}`))).toBeNull();
  });

  it("R-FAIL-4 a date in German is no status", () => {
    const text = `Ihre Nachricht vom 5.12.26 an

bob@example.net

konnte noch nicht zugestellt werden. Es wird weiter versucht (Ende: 5.12.26).`;
    expect(read(bounce(text))).toBeNull();
  });

  it("R-FAIL-4 a version of Exim is no status", () => {
    const text = `This message was created automatically by mail delivery software (Exim 4.94.2).

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  bob@example.net
    all relevant MX records point to non-existent hosts`;
    const exim = "Mail Delivery System <Mailer-Daemon@mx.example.net>";
    expect(read(bounce(text, exim, "X-Failed-Recipients: bob@example.net\n"))).toBeNull();
  });
});

describe("R-FAIL-4 what is a bounce in words", () => {
  it("R-FAIL-4 Yahoo's, with a colon behind the code", () => {
    const text = `Sorry, we were unable to deliver your message to the following address.

<bob@example.net>:
554: delivery error: dd This user doesn't have an example.net account (bob@example.net) [0] - mta1.example.net

--- Below this line is a copy of the message.

Message-ID: <em_1@company-name.com>
From: a@company-name.com
To: bob@example.net
Subject: x`;
    const raw = bounce(text, "MAILER-DAEMON@yahoo.com");
    expect(told(raw)).toEqual(["bob@example.net failed 5.0.0"]);
    expect(read(raw)?.message_ids).toEqual(["<em_1@company-name.com>"]);
  });

  it.each([
    ["bob@example.net: 550 unbekannter Benutzer", "5.0.0"],
    ["<bob@example.net>: 550. No such mailbox", "5.0.0"],
    ["bob@example.net\nThe server replied: 550 gone", "5.0.0"],
    ["bob@example.net\nFehler: 550 User unknown", "5.0.0"],
    ["bob@example.net\nno mailbox here by that name (#5.1.1)", "5.1.1"],
    ["bob@example.net\nStatus: 5.7.606", "5.7.606"],
    ["bob@example.net\nhost mx said: 550-5.1.1 no such user", "5.1.1"],
    ["bob@example.net\n550 #5.1.0 Address rejected.", "5.1.0"],
  ])("R-FAIL-4 %s", (text, status) => {
    expect(told(bounce(text))).toEqual([`bob@example.net failed ${status}`]);
  });
});
