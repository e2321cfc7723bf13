import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Authentication } from "../ports/mail-auth.ts";
import { of } from "./authenticity.ts";
import type { Verdict, Verdicts } from "./receipt.ts";

const asked: unknown[] = [];
const found: Authentication = {
  spf: { result: "none", domain: null },
  dkim: [{ result: "pass", domain: "customer.example" }],
  dmarc: { result: "pass", domain: "customer.example", policy: "none" },
};
const mailAuth = {
  verify: async (_raw: Uint8Array, arrival: unknown) => {
    asked.push(arrival);
    return found;
  },
};

const verdicts = (spf: Verdict, dkim: Verdict, dmarc: Verdict): Verdicts => ({
  ...{ spam: "pass", virus: "pass" },
  ...{ spf, dkim, dmarc },
});
const passed = verdicts("pass", "pass", "pass");
const gray = verdicts("gray", "gray", "gray");

/** What SES writes on top. */
const top = (...results: string[]) =>
  [
    "Return-Path: <mary@customer.example>",
    "Received: from mx.customer.example (mx.customer.example [192.0.2.1])",
    " by inbound-smtp.us-east-1.amazonaws.com with SMTP id abc",
    " for sales@company-name.com; Thu, 13 Jan 2022 21:02:45 +0000 (UTC)",
    "X-SES-Spam-Verdict: PASS",
    "X-SES-Virus-Verdict: PASS",
    "Received-SPF: pass (spfCheck: domain of customer.example designates 192.0.2.1 as permitted sender) client-ip=192.0.2.1;",
    ...(results.length > 0 ? [`Authentication-Results: amazonses.com;\r\n ${results.join(";\r\n ")};`] : []),
    "X-SES-RECEIPT: AEFBQUFB",
    "",
  ].join("\r\n");
const honest = [
  "spf=pass (spfCheck: domain of customer.example designates 192.0.2.1 as permitted sender) client-ip=192.0.2.1; envelope-from=mary@customer.example; helo=mx.customer.example",
  "dkim=pass header.i=@customer.example",
  "dkim=pass header.i=@mailer.example",
  "dmarc=pass header.from=customer.example",
];
const mail = "Received: from laptop\r\nFrom: mary@customer.example\r\n\r\nHello\r\n";
const check = (raw: string, given = passed, envelope_from: string | null = "mary@customer.example") =>
  of({ mailAuth }, { envelope_from, verdicts: given }, Buffer.from(raw));

describe("R-IN-7 who vouches for a mail", () => {
  it("R-IN-7 is read from what SES wrote on top of it, and nothing is looked up", async () => {
    expect(await check(top(...honest) + mail)).toEqual({
      spf: { result: "pass", domain: "customer.example" },
      dkim: [
        { result: "pass", domain: "customer.example" },
        { result: "pass", domain: "mailer.example" },
      ],
      dmarc: { result: "pass", domain: "customer.example", policy: null },
    });
    expect(asked).toEqual([]);
  });

  it.each([
    ["below SES's own", top("spf=none", "dmarc=fail header.from=customer.example")],
    ["where SES wrote none", top()],
    ["below what the sender wrote", `${top()}Subject: x\r\n`],
    ["below a trace of his own", `${top()}Received: from a by b\r\n`],
  ])("R-IN-7 the same field of the sender's does not count: %s", async (_, above) => {
    const forged = `Authentication-Results: amazonses.com; ${honest.join("; ")}\r\n`;
    const { spf, dkim, dmarc } = await check(above + forged + mail, gray);
    expect([spf.result, dmarc.result, ...dkim.map(({ result }) => result)]).not.toContain("pass");
  });

  it("R-IN-7 another server's word does not count", async () => {
    const other = `Authentication-Results: mx.evil.example; ${honest.join("; ")}\r\n`;
    expect(await check(other + mail, gray)).toMatchObject({ dkim: [], dmarc: { result: "none", domain: null } });
  });

  it.each([
    'envelope-from="x; dkim=pass header.i=@bank.example"@evil.example',
    "helo=(; dkim=pass header.i=@bank.example)",
  ])("R-IN-7 words of the sender's in it do not count: %s", async (words) => {
    const results = top(
      `spf=pass (ok) ${words}`,
      "dkim=pass header.i=@evil.example",
      "dmarc=fail header.from=bank.example",
    );
    const { dkim } = await check(results + mail, verdicts("pass", "pass", "fail"), "x@evil.example");
    expect(dkim).toEqual([{ result: "pass", domain: "evil.example" }]);
  });

  it("R-IN-7 where it contradicts SES's verdicts those count, and no domain is named", async () => {
    expect(await check(top(...honest) + mail, verdicts("fail", "fail", "fail"))).toEqual({
      spf: { result: "fail", domain: "customer.example" },
      dkim: [{ result: "fail", domain: null }],
      dmarc: { result: "fail", domain: null, policy: null },
    });
    expect(await check(mail, verdicts("processing_failed", "pass", null))).toEqual({
      spf: { result: "temperror", domain: "customer.example" },
      dkim: [{ result: "pass", domain: null }],
      dmarc: { result: "none", domain: null, policy: null },
    });
  });

  it("R-IN-7 SPF is of the reverse-path, and of an empty one of nobody", async () => {
    expect((await check(top(...honest) + mail, passed, null)).spf.domain).toBeNull();
    expect((await check(top(...honest) + mail, passed, "x@Evil.EXAMPLE")).spf.domain).toBe("evil.example");
  });

  it("R-IN-7 mail that did not come over SES is checked here, without a client's address", async () => {
    const receipt = { envelope_from: "mary@customer.example", verdicts: passed, source: "api" } as const;
    const forged = Buffer.from(top("dmarc=pass header.from=bank.example") + mail);
    expect(await of({ mailAuth }, receipt, forged)).toBe(found);
    expect(asked).toEqual([{ envelope_from: "mary@customer.example" }]);
  });

  it("whatever stands there it is read, and nothing passes that SES did not let pass", async () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from('spfdkim=pas;() "\\.@\r\n:-axc')) });
    await fc.assert(
      fc.asyncProperty(text, text, async (value, rest) => {
        const raw = `Authentication-Results: amazonses.com; ${value}\r\n${rest}`;
        const { spf, dkim, dmarc } = await check(raw, gray);
        expect([spf.result, dmarc.result, ...dkim.map(({ result }) => result)]).not.toContain("pass");
      }),
    );
  });
});
