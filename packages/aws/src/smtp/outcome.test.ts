import fc from "fast-check";
import type { NodemailerError } from "nodemailer/lib/errors";
import { describe, expect, it } from "vitest";
import { failureOf, judge, type Transaction } from "./outcome.ts";

const text = fc.string({ unit: "grapheme", maxLength: 700 }).map((line) => line.replace(/[\r\n]/g, " "));
const enhanced = fc.tuple(fc.constantFrom(2, 4, 5), fc.nat(7), fc.nat(40)).map((parts) => parts.join("."));
const reply = (codes: fc.Arbitrary<number>) =>
  fc.tuple(codes, fc.option(enhanced), text).map((parts) => parts.filter((part) => part !== null).join(" "));
const aboutSession = [503, 530, 534, 535, 538];
const final = fc.integer({ min: 500, max: 599 }).filter((code) => code !== 552 && !aboutSession.includes(code));

const refusedWith = (response: string, recipients: readonly string[] = ["a@b.example"]): Transaction => {
  const error: NodemailerError = Object.assign(new Error(response), { code: "EMESSAGE", response, command: "DATA" });
  return { recipients, rejected: [], whole: true, answer: { error } };
};

describe("R-FAIL-6 what a reply means", () => {
  it("R-FAIL-6 any 4yz may pass later, whatever its enhanced code and its words", () => {
    fc.assert(
      fc.property(reply(fc.integer({ min: 400, max: 499 })), (said) => {
        expect(judge(refusedWith(said), [])).toMatchObject({ outcome: "refused", failure: "temporary", retry: true });
      }),
    );
  });

  it("R-FAIL-6 any 5yz is final, but for those about the session", () => {
    fc.assert(
      fc.property(reply(final), (said) => {
        expect(judge(refusedWith(said), [])).toMatchObject({ outcome: "refused", failure: "permanent", retry: false });
      }),
    );
    expect(aboutSession.map((code) => failureOf(`${code} no`))).toEqual(["temporary", "auth", "auth", "auth", "auth"]);
  });

  it.each([
    ["552 5.5.3 too many recipients", "temporary"],
    ["552 Too many recipients", "temporary"],
    ["552 5.2.2 mailbox full", "permanent"],
    ["552 5.3.4 message too large, too many recipients or not", "permanent"],
  ])("R-FAIL-6 %s is %s (RFC 5321 §4.5.3.1.10)", (said, failure) => {
    expect(failureOf(said)).toBe(failure);
  });

  it("G6 keeps the server's words, at most 500 characters of them, and no secret", () => {
    const secret = fc
      .string({ unit: "grapheme-ascii", minLength: 6, maxLength: 30 })
      .filter((one) => one.trim() === one);
    fc.assert(
      fc.property(reply(final), secret, text, (before, planted, behind) => {
        const answer = judge(refusedWith(`${before} ${planted} ${behind}`), [planted]);
        expect(answer.reply.length).toBeLessThanOrEqual(500);
        expect(answer.reply.isWellFormed()).toBe(true);
        // the words themselves may hold what happens to be the secret's beginning, never the whole of it
        const shown = answer.reply.replaceAll("***", "");
        expect(shown).not.toContain(planted);
        expect(shown).not.toContain(planted.replace(/ {2,}/g, " "));
        expect(answer.reply.slice(0, 3)).toBe(before.slice(0, 3));
      }),
    );
  });

  it("G3 is never accepted nor refused without a final reply once the message was whole", () => {
    fc.assert(
      fc.property(text, (said) => {
        fc.pre(!/^[2-5]\d\d( |-|$)/.test(said));
        const error: NodemailerError = Object.assign(new Error(said || "broken"), { code: "ECONNECTION" });
        const lost = { recipients: ["a@b.example"], rejected: [], whole: true, answer: { error } };
        expect(judge(lost, []).outcome).toBe("unknown");
      }),
    );
  });
});
