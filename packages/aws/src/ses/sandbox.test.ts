import { describe, expect, it } from "vitest";
import { sandboxed } from "./sandbox.ts";

const message = { from_address: "mary@acme.example", recipients: ["bob@other.example", "Eve@other.example"] };
const refusal = (names: string, name = "MessageRejected") => {
  const text = `Email address is not verified. The following identities failed the check in region US-EAST-1: ${names}`;
  return Object.assign(new Error(text), { name });
};

describe("the SES sandbox", () => {
  it("R-FAIL-6 is known by the recipients that SES names, and the mail is tried hourly", () => {
    for (const names of ["bob@other.example", "bob@other.example, eve@other.example", "Eve <eve@other.example>"])
      expect(sandboxed(refusal(names), message)).toMatchObject({
        outcome: "refused",
        failure: "provider",
        retry: true,
        hourly: true,
        reply: expect.stringMatching(/^SES sandbox: .*docs\/doctor\.md$/),
      });
  });

  it("says so in words that a head keeps whole, and names nobody", () => {
    const answer = sandboxed(refusal("bob@other.example"), message);
    expect(answer?.reply.length).toBeLessThanOrEqual(200);
    expect(answer?.reply).not.toContain("@");
  });

  it("is not what an identity lacks, whoever else is named", () => {
    for (const names of [
      "mary@acme.example",
      "mary@acme.example, bob@other.example",
      "acme.example",
      "zoe@else.example",
    ])
      expect(sandboxed(refusal(names), message)).toBeUndefined();
  });

  it("R-FAIL-6 is known by whole addresses: one that contains another's, and one in quotes", () => {
    const of = (from_address: string, to: string, names = to) =>
      sandboxed(refusal(names), { from_address, recipients: [to] });
    expect(of("ann@acme.example", "joann@acme.example.org")).toBeDefined();
    expect(of("ann@acme.example", '"doe, john"@x.example')).toBeDefined();
    expect(of("ann@acme.example", '"a<b>,c"@x.example', 'Somebody <"a<b>,c"@x.example>')).toBeUndefined();
    expect(of("joann@acme.example.org", "ann@acme.example", "joann@acme.example.org")).toBeUndefined();
    expect(of("ann@acme.example", "ann@acme.example")).toBeUndefined();
    expect(of("ann@acme.example", "bob@x.example", "arn:aws:ses:us-east-1:1:identity/acme.example")).toBeUndefined();
  });

  it("is no other refusal", () => {
    expect(sandboxed(refusal("bob@other.example", "BadRequestException"), message)).toBeUndefined();
    const rejected = Object.assign(new Error("The message contains a virus."), { name: "MessageRejected" });
    expect(sandboxed(rejected, message)).toBeUndefined();
    expect(sandboxed("MessageRejected", message)).toBeUndefined();
  });
});
