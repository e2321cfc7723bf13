import { describe, expect, it } from "vitest";
import { parse } from "./complaint.ts";

const report = (type: string, ...fields: string[]) =>
  parse(Buffer.from([`Feedback-Type: ${type}`, "User-Agent: FBL/1", "Version: 1", ...fields].join("\r\n")));

describe("a feedback report", () => {
  it.each(["abuse", "fraud", "virus", "other", "ABUSE (button)"])("RFC 5965 §7.3 %s is a complaint", (type) => {
    expect(report(type)?.recipients).toHaveLength(1);
  });

  it.each(["not-spam", "auth-failure", "opt-out-of-nothing", ""])("RFC 5965 §7.3 %j is none", (type) => {
    expect(report(type)).toBeNull();
  });

  it("RFC 5965 §3.3 has the recipients and the envelope sender", () => {
    const fields = ["Original-Rcpt-To: <bob@example.net>", "original-rcpt-to: carol@example.net"];
    expect(report("abuse", ...fields, "Original-Mail-From: <bounce@company-name.com>")).toMatchObject({
      recipients: [{ address: "bob@example.net" }, { address: "carol@example.net" }],
      mail_from: "bounce@company-name.com",
    });
  });

  it("RFC 5965 §3.1 without Feedback-Type is none; User-Agent and Version may be wanting", () => {
    expect(parse(Buffer.from("User-Agent: FBL/1\r\nVersion: 1\r\nOriginal-Rcpt-To: bob@example.net\r\n"))).toBeNull();
    expect(parse(Buffer.from("Feedback-Type: abuse\r\nOriginal-Rcpt-To: bob@example.net\r\n"))).toMatchObject({
      feedback_type: "abuse",
      recipients: [{ address: "bob@example.net" }],
    });
  });

  it("RFC 5965 §3.3 names nobody where the recipient was taken out", () => {
    expect(report("abuse", "Original-Rcpt-To: redacted")?.recipients).toMatchObject([
      { address: null, original: false },
    ]);
  });
});
