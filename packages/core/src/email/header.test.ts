import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../error.ts";
import { assertHeaders, assertValue } from "./header.ts";

const refused = (headers: Record<string, string>, kind: "transactional" | "mass" = "transactional"): string | null => {
  try {
    assertHeaders(headers, kind);
    return null;
  } catch (error) {
    if (!(error instanceof AppError) || error.name !== "invalid_header") throw error;
    return error.message;
  }
};

describe("assertHeaders", () => {
  it("R-REW-6 takes headers of the caller's own, In-Reply-To and References", () => {
    const headers = { "X-Ref": "42", "In-Reply-To": "<a@b.com>", References: "<a@b.com>", "X-Tab": "a\tb", "X-E": "é" };
    expect(refused({ ...headers, Subjects: "like Subject", "Received-SPF": "pass", Precedence: "bulk" })).toBeNull();
  });

  it.each([
    ["From", "sender", "TO", "Cc", "bcc", "Reply-To", "Subject", "Date", "MESSAGE-ID", "Return-Path", "Received"],
    ["MIME-Version", "Content-Type", "content-x", "Resent-From", "DKIM-Signature", "ARC-Seal"],
    ["Authentication-Results", "X-SES-CONFIGURATION-SET", "x-ses-tenant", "X-Posthouse-Id"],
  ])("R-REW-6 refuses what Posthouse writes itself: %s …", (...names) => {
    for (const name of names) expect(refused({ [name]: "x" })).toContain(JSON.stringify(name));
  });

  it("R-REW-6 refuses List-* on mass mail only", () => {
    expect(refused({ "List-Unsubscribe": "<https://x.com>" })).toBeNull();
    expect(refused({ "list-unsubscribe": "<https://x.com>" }, "mass")).toContain("list-unsubscribe");
  });

  it.each(["", "a b", "a:b", "a\r\nBcc", "é", "x".repeat(127)])("R-REW-6 refuses the name %j", (name) => {
    expect(refused({ [name]: "x" })).toContain("no header name");
  });

  it("R-REW-6 refuses a line break, NUL or control character anywhere in a value", () => {
    const control = fc.constantFrom("\r\n", "\n", "\r", "\0", "\x0b", "\x0c", "\x1b", "\x7f");
    fc.assert(
      fc.property(fc.string(), control, fc.string(), (before, char, after) => {
        expect(refused({ "X-Ref": before + char + after })).toContain("X-Ref");
      }),
    );
  });

  it("R-REW-6 says nothing of the value", () => {
    expect(refused({ "X-Ref": "secret\r\nBcc: x@y.com" })).not.toContain("secret");
    expect(() => assertValue("subject", "a\nb")).toThrow(/^subject holds/);
  });
});
