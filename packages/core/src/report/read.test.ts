import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { read } from "./read.ts";

const folder = join(import.meta.dirname, "../../../../test/fixtures/reports");
const raw = (name: string) => readFileSync(join(folder, `${name}.eml`));
const id = "<em_01m83krswkmpfw14r37000dz9h@company-name.com>";

/** `address action status`, and `!` behind an Original-Recipient. */
const told = (mail: Uint8Array) => {
  const report = read(mail);
  return report?.recipients.map(
    ({ address, original, action, status }) => `${address}${original ? "!" : ""} ${action ?? report.kind} ${status}`,
  );
};

const bob = "bob@example.net";
const fixtures: Record<string, readonly string[] | undefined> = {
  "arf-abuse": [`${bob}! complaint null`],
  "arf-auth-failure": undefined,
  "arf-fraud": [`${bob}! complaint null`, "carol@example.net! complaint null"],
  "arf-not-spam": undefined,
  "arf-redacted": ["null complaint null"],
  "delayed-text-german": [`${bob} delayed 4.2.2`],
  "encoded-status": [`${bob} failed 5.1.2`],
  exchange: [`${bob} failed 5.1.1`],
  "exchange-text": [`${bob} failed 5.1.1`],
  "exchange-text-german": [`${bob} failed 5.1.1`],
  exim: [`${bob} failed 5.0.0`],
  "exim-text": [`${bob} failed 5.0.0`],
  "exim-text-delayed": [`${bob} delayed 4.7.1`],
  "french-text": [`${bob} failed 5.1.1`],
  gmail: [`${bob} failed 5.1.1`],
  "gmail-text": [`${bob} failed 5.2.1`],
  "groups-run-together": [`${bob}! failed 5.2.1`, "carol@example.net! delayed 4.2.1"],
  internationalised: ["jürgen@müller.example! failed 5.1.1"],
  "japanese-text": [`${bob} failed 5.0.0`],
  "microsoft365-french": ["Bob@Example.NET! failed 5.7.1"],
  "microsoft365-german": ["Bob@Example.NET! failed 5.1.10"],
  "microsoft365-japanese": ["Bob@Example.NET! failed 5.2.2"],
  "nested-forwarded": [`${bob} failed 5.4.4`],
  "nested-gateway": [`${bob} failed 5.4.4`],
  "no-original": [`${bob} failed 5.3.4`],
  notice: undefined,
  "outlook-com": [`${bob} failed 5.5.0`],
  "outlook-html": [`${bob} failed 5.4.1`],
  postfix: [`${bob}! failed 5.1.1`],
  "postfix-delayed": [`${bob}! delayed 4.4.1`],
  "postfix-several": [`${bob} failed 5.2.2`, "carol@example.net failed 4.4.7", "dave@example.net relayed 2.0.0"],
  "postfix-text": [`${bob} failed 5.7.1`, "carol@example.net failed 5.4.4"],
  qmail: [`${bob} failed 5.1.1`, "carol@example.net failed 5.1.1"],
  "qmail-gave-up": [`${bob} failed 4.4.1`],
  question: undefined,
  "read-receipt": undefined,
  sendmail: [`${bob} failed 5.1.1`],
  "sendmail-text": [`${bob} failed 5.1.1`],
  ses: [`${bob} failed 5.1.1`],
  success: [`${bob} delivered 2.1.5`, "team@example.net expanded 2.0.0"],
  vacation: undefined,
  "vacation-german": undefined,
  "vacation-postmaster": undefined,
  xtext: ["bob+2Borders@example.net! failed 5.1.6"],
};

describe("R-FAIL-4 what mail servers report", () => {
  it("every sample is told of here", () => {
    const names = readdirSync(folder).map((name) => name.replace(/\.eml$/, ""));
    expect(Object.keys(fixtures).toSorted()).toEqual(names.toSorted());
  });

  it.each(Object.entries(fixtures))("%s, with either line end", (name, expected) => {
    expect(told(raw(name))).toEqual(expected);
    expect(told(Buffer.from(raw(name).toString("latin1").replaceAll("\n", "\r\n"), "latin1"))).toEqual(expected);
  });

  const without = ["delayed-text-german", "exchange-text", "exim-text-delayed", "french-text", "no-original"];
  const silent = new Set([...without, "outlook-html", "postfix-text"]);
  it.each(Object.keys(fixtures).filter((name) => fixtures[name] && !silent.has(name)))(
    "%s names the mail it speaks of",
    (name) => {
      expect(read(raw(name))?.message_ids).toContain(id);
    },
  );

  it("the ids of the returned mail go before those of the report; of References the last alone", () => {
    const thread = "In-Reply-To: <a@x.example>\nReferences: <b@x.example> <c@x.example>\n";
    const report = Buffer.from(`${thread}${raw("ses").toString()}`);
    const [ses, ...others] = read(report)?.message_ids ?? [];
    expect(ses).toMatch(/^<0102018f[^@]+@eu-west-1\.amazonses\.com>$/);
    expect(others).toEqual([id, "<a@x.example>", "<c@x.example>"]);
  });

  it("RFC 5965 §2 the part for machines makes it a complaint; the mail behind it says of which mail", () => {
    const text = raw("arf-abuse").toString();
    const told = (changed: string) => read(Buffer.from(changed));
    expect(told(text)).toMatchObject({ kind: "complaint", feedback_type: "abuse", message_ids: [id] });
    expect(told(text.replace("Content-Type: message/rfc822", "Content-Type: text/plain"))).toMatchObject({
      kind: "complaint",
      message_ids: [],
    });
    expect(told(text.replace("Content-Type: message/feedback-report", "Content-Type: text/plain"))).toBeNull();
  });

  it("keeps the server's own words and name, and the date", () => {
    const report = read(raw("postfix"));
    expect(report?.date).toBe("2026-11-23T08:00:05.000Z");
    expect(report?.recipients[0]).toMatchObject({
      diagnostic: "550 5.1.1 <bob@example.net>: Recipient address rejected: User unknown in virtual mailbox table",
      remote_mta: "store.example.net",
    });
    expect(read(raw("exim-text"))?.recipients[0]?.diagnostic).toContain("550 unknown user");
  });

  it("the envelope sender of the mail is read", () => {
    expect(read(raw("qmail"))?.mail_from).toMatch(/^bounce\+01m83krswkmpfw14r37000dz9h-/);
    expect(read(raw("arf-abuse"))?.mail_from).toMatch(/^bounce\+01m83krswkmpfw14r37000dz9h-/);
  });

  it("the subject of a returned mail makes no absence of a bounce", () => {
    const bounce = raw("exim-text")
      .toString()
      .replace(/^Subject: Mail/m, "Subject: Undeliverable: Out of office. Mail");
    expect(told(Buffer.from(bounce))).toEqual([`${bob} failed 5.0.0`]);
  });

  it("what a person writes is no report, whatever it says", () => {
    const human = raw("qmail").toString().replace("MAILER-DAEMON@qmail", "mary@qmail").replace("Return-Path: <>", "");
    expect(read(Buffer.from(human))).toBeNull();
  });
});
