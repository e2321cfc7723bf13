import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Mail from "../inbound/mail.ts";
import type { Verdict } from "../inbound/receipt.ts";
import type { Authentication, AuthResult } from "../ports/mail-auth.ts";
import { type Known, senderOf } from "./sender.ts";

const now = Date.parse("2026-11-23T12:00:00Z");
const passed: Authentication = {
  spf: { result: "pass", domain: "customer.example" },
  dkim: [{ result: "pass", domain: "customer.example" }],
  dmarc: { result: "pass", domain: "customer.example", policy: "none" },
};
const nothing: Authentication = {
  spf: { result: "none", domain: null },
  dkim: [],
  dmarc: { result: "none", domain: null, policy: null },
};
const clean = { spam: "pass", virus: "pass", spf: null, dkim: null, dmarc: null } as const;

interface Given extends Partial<Known["receipt"]> {
  readonly from?: string;
  /** Fields more. */
  readonly more?: string;
  readonly authentication?: Authentication;
}

/** What is said of a mail that is honest but for what is given. */
function say({ from = "Mary <mary@customer.example>", more = "", authentication = passed, ...receipt }: Given = {}) {
  const raw = Buffer.from(`From: ${from}\r\nTo: x@company.com\r\nMessage-ID: <1@c.example>\r\n${more}\r\nHello\r\n`);
  return senderOf({
    receipt: {
      received_at: new Date(now - 60_000).toISOString(),
      envelope_from: "mary@customer.example",
      verdicts: clean,
      ...receipt,
    },
    mail: Mail.read(raw),
    authentication,
    own: new Set(["posthouse.test", "company-name.posthouse.test", "company.com"]),
    now,
  });
}

const mary = { from: "mary@customer.example", path: "mary@customer.example" };
const nobody = { not: expect.any(String) as string };

describe("R-IN-7 who is answered automatically", () => {
  it("R-IN-7 a person whose domain vouches for the mail", () => {
    expect(say()).toEqual(mary);
    expect(say({ envelope_from: "Mary+x@mail.Customer.example" })).toEqual({
      ...mary,
      path: "mary+x@mail.customer.example",
    });
  });

  it.each(["disabled", null] as const)("R-IN-7 where nobody scans (%s) nothing is against a mail", (verdict) => {
    expect(say({ verdicts: { ...clean, spam: verdict, virus: verdict } })).toEqual(mary);
  });

  const dmarc = { result: "none", domain: null, policy: null } as const;
  it.each<[string, Authentication]>([
    ["DMARC", { ...nothing, dmarc: passed.dmarc }],
    ["SPF of the same domain", { ...nothing, spf: passed.spf }],
    [
      "SPF of a domain of the same organisation",
      { ...nothing, spf: { result: "pass", domain: "mail.customer.example" } },
    ],
    ["DKIM of the same domain", { ...nothing, dkim: [{ result: "fail", domain: "x.example" }, ...passed.dkim] }],
    ["SPF, where the DNS did not say what DMARC is", { ...passed, dkim: [], dmarc: { ...dmarc, result: "temperror" } }],
  ])("R-IN-7 %s is enough", (_, authentication) => {
    expect(say({ authentication })).toEqual(mary);
  });

  it.each<[string, Authentication]>([
    ["nothing", nothing],
    ["SPF of another domain", { ...nothing, spf: { result: "pass", domain: "evil.example" } }],
    ["DKIM of another domain", { ...nothing, dkim: [{ result: "pass", domain: "evil.example" }] }],
    ["DKIM of nobody knows whom", { ...nothing, dkim: [{ result: "pass", domain: null }] }],
    ["DMARC of another domain", { ...nothing, dmarc: { result: "pass", domain: "evil.example", policy: "none" } }],
    ["SPF of a domain under the same public suffix", { ...nothing, spf: { result: "pass", domain: "evil.co.uk" } }],
    ["SPF where DMARC fails", { ...passed, dmarc: { result: "fail", domain: "customer.example", policy: "none" } }],
    ["what could not be read", { ...nothing, dmarc: { ...dmarc, result: "permerror" } }],
    ["a softfail", { ...nothing, spf: { result: "softfail", domain: "customer.example" } }],
  ])("R-IN-7 a forged From gets nobody an answer: %s is not enough", (_, authentication) => {
    expect(say({ authentication })).toEqual(nobody);
  });

  it.each<[string, Given]>([
    ["an empty reverse-path", { envelope_from: null }],
    ["a reverse-path of another domain", { envelope_from: "victim@bank.example" }],
    ["a forwarder's reverse-path", { envelope_from: "SRS0=abc=xy=customer.example=mary@forwarder.example" }],
    ["a forwarder's reverse-path of its own domain", { envelope_from: "SRS0=abc=xy=gmail.com=mary@customer.example" }],
    ["a reverse-path that is no address", { envelope_from: "mary" }],
    ["mail found to be spam", { verdicts: { ...clean, spam: "fail" } }],
    ["mail found to have a virus", { verdicts: { ...clean, virus: "fail" } }],
    ["mail that may be spam", { verdicts: { ...clean, spam: "gray" } }],
    ["mail whose search for spam failed", { verdicts: { ...clean, spam: "processing_failed" } }],
    ["mail that may have a virus", { verdicts: { ...clean, virus: "gray" } }],
    ["mail whose search for viruses failed", { verdicts: { ...clean, virus: "processing_failed" } }],
    ["mail by the API", { source: "api" }],
    ["mail out of a mailbox elsewhere", { source: "incoming" }],
    ["mail of yesterday", { received_at: "2026-11-22T11:00:00Z" }],
    ["mail of our own tag", { more: "X-Posthouse-Loop: posthouse.test\r\n" }],
    ["a notification of another database", { more: "X-Posthouse-Loop: other.posthouse.test\r\n" }],
  ])("R-IN-7 none to %s", (_, given) => {
    expect(say(given)).toEqual(nobody);
  });

  it.each([
    "Auto-Submitted: auto-replied",
    "Auto-Submitted: auto-generated; type=x",
    "auto-submitted: auto-notified",
    "Auto-Submitted: no\r\nAuto-Submitted: auto-replied",
    "Auto-Submitted: (out of office) auto-replied",
    "List-Id: <news.customer.example>",
    "List-Unsubscribe: <https://customer.example/u>",
    "LIST-POST: NO",
    "Precedence: bulk",
    "Precedence: List",
    "precedence: junk",
    "X-Auto-Response-Suppress: All",
    "X-Auto-Response-Suppress: OOF, AutoReply",
    "X-Auto-Response-Suppress: DR",
    "Content-Type: multipart/report; report-type=delivery-status",
  ])("R-IN-7 none to mail that says %j", (field) => {
    expect(say({ more: `${field}\r\n` })).toEqual(nobody);
  });

  it.each(["Auto-Submitted: no", "Precedence: first-class", "X-Auto-Response-Suppress: RN, NRN", "X-List-Id: x"])(
    "R-IN-7 a person's mail may say %j",
    (field) => {
      expect(say({ more: `${field}\r\n` })).toEqual(mary);
    },
  );

  it.each([
    "a@customer.example, b@customer.example",
    "not an address",
    "",
    "mary@customer.example\r\nFrom: boss@customer.example",
  ])("R-IN-7 none where there is not one author: %j", (from) => {
    expect(say({ from })).toEqual(nobody);
  });

  it.each([
    ...[
      "MAILER-DAEMON",
      "postmaster",
      "noreply",
      "no-reply",
      "no_reply+x",
      "do-not-reply",
      "donotreply",
      "noreply-123",
    ],
    ...["owner-list", "list-owner", "list-request", "bounces+123", "bounce-12=mary", "list-bounces", "majordomo"],
    ...["news.no-reply", "SRS1=x=y"],
  ])("R-IN-7 none to the address of a machine: %s", (local) => {
    expect(say({ from: `${local}@customer.example` })).toEqual(nobody);
    expect(say({ envelope_from: `${local}@customer.example` })).toEqual(nobody);
  });

  it.each(["reply", "norbert", "nora", "bouncer", "request", "mary.owner", "prvs=1234abcd=mary", "ownership"])(
    "R-IN-7 %s is no machine",
    (local) => {
      expect(say({ envelope_from: `${local}@customer.example` })).toEqual({
        ...mary,
        path: `${local}@customer.example`,
      });
    },
  );

  it.each(["company.com", "company-name.posthouse.test", "posthouse.test"])(
    "R-IN-7 none to an address of our own, on %s",
    (domain) => {
      const by = { result: "pass", domain } as const;
      const authentication = { spf: by, dkim: [by], dmarc: { ...by, policy: null } };
      const own = { from: `mary@${domain}`, envelope_from: `mary@${domain}`, authentication };
      expect(say(own)).toEqual(nobody);
    },
  );

  it("R-IN-7 whatever is found of a mail, nobody is answered whose domain does not vouch for it", () => {
    const result = fc.constantFrom<AuthResult>("none", "pass", "fail", "softfail", "neutral", "temperror", "permerror");
    const domain = fc.constantFrom("customer.example", "a.customer.example", "evil.example", "example", null);
    const by = fc.record({ result, domain });
    const verdict = fc.constantFrom<Verdict>("pass", "fail", "gray", null);
    fc.assert(
      fc.property(by, fc.array(by, { maxLength: 3 }), by, verdict, (spf, dkim, dmarcOf, spam) => {
        const found = { spf, dkim, dmarc: { ...dmarcOf, policy: null } };
        const answered = !("not" in say({ authentication: found, verdicts: { ...clean, spam } }));
        const vouching = [spf, ...dkim, dmarcOf].filter(
          (one) => one.result === "pass" && one.domain !== "evil.example",
        );
        expect(answered && (vouching.length === 0 || dmarcOf.result === "fail" || spam === "fail")).toBe(false);
      }),
    );
  });
});
