import { describe, expect, it } from "vitest";
import { AppError } from "../error.ts";
import { normalize, split, valueOf } from "./raw.ts";

const bytes = (text: string) => Buffer.from(text, "latin1");
const take = (text: string) => split(normalize(bytes(text)));
const lines = (...all: string[]) => `${all.join("\r\n")}\r\n`;

describe("a message taken apart", () => {
  it("fields with their folds, and the body to the octet", () => {
    const body = "\r\n--x\r\nContent-Type: text/plain\r\n\r\n\xe9\x00".replace("\x00", "\xff");
    const { fields, body: rest } = take(`Subject: a\r\n b\r\nX-Empty:\r\nTo: c@d.example\r\n\r\n${body}`);
    expect(fields.map(({ name, text }) => [name, text])).toEqual([
      ["subject", "Subject: a\r\n b"],
      ["x-empty", "X-Empty:"],
      ["to", "To: c@d.example"],
    ]);
    expect(Buffer.from(rest).toString("latin1")).toBe(`${body}\r\n`);
    expect(fields.map(valueOf)).toEqual(["a b", "", "c@d.example"]);
  });

  it("a header alone, a body alone, and nothing between", () => {
    expect(take("Subject: a")).toMatchObject({ fields: [{ name: "subject" }], body: bytes("") });
    expect(take("Subject: a\n\n")).toMatchObject({ fields: [{ name: "subject" }], body: bytes("") });
    expect(take("\nbody")).toMatchObject({ fields: [], body: bytes("body\r\n") });
  });

  it("each CR, LF and CRLF is one CRLF, so that all readers see the same lines", () => {
    const normal = normalize(bytes("A: 1\nB: 2\rC: 3\r\nD: 4\n\r\n.\n\r.\r\r\n")).toString("latin1");
    expect(normal).toBe(lines("A: 1", "B: 2", "C: 3", "D: 4", "", ".", "", ".", ""));
  });

  it.each([
    ["a blank before the colon", "Subject : a\r\n\r\n"],
    ["a line that is no field", "Subject: a\r\nhello\r\n\r\n"],
    ["the From_ line of an mbox", "From mary@x.example Mon Nov 23\r\nSubject: a\r\n\r\n"],
    ["a first line that goes on", " a\r\nSubject: b\r\n\r\n"],
    ["a line of blanks, which some take for the end", "Subject: a\r\n \r\nBcc: x@evil.example\r\n\r\n"],
    ["a name outside ASCII", "Sübject: a\r\n\r\n"],
    ["a control character", "Subject: a\x0bBcc: x@evil.example\r\n\r\n"],
    ["two From", "From: a@b.example\r\nfrom: c@d.example\r\n\r\n"],
    ["two Content-Type", "Content-Type: text/plain\r\nCONTENT-TYPE: text/html\r\n\r\n"],
    ["a line over 998 octets", `Subject: ${"a".repeat(990)}\r\n\r\n`],
    ["a header over 64,000 octets", `${"X-A: b\r\n".repeat(8_001)}\r\n`],
  ])("%s is refused", (_what, text) => {
    expect(() => take(text)).toThrow(expect.objectContaining({ name: "invalid_header" }));
  });

  it("a NUL or a line over 998 octets in the body is refused, one of 998 is not", () => {
    for (const body of ["a\0b", "a".repeat(999), `ok\r\n${"a".repeat(999)}\r\n`])
      expect(() => take(`Subject: a\r\n\r\n${body}`)).toThrow(expect.objectContaining({ name: "invalid_parameter" }));
    expect(take(`Subject: a\r\n\r\n${"a".repeat(998)}`).body).toHaveLength(1_000);
  });

  it("octets over 127 in a value are UTF-8 or refused", () => {
    const [field] = split(normalize(Buffer.from("Subject: Grüße\n\n"))).fields;
    expect(field && valueOf(field)).toBe("Grüße");
    const [latin] = take("Subject: Gr\xfc\xdfe\n\n").fields;
    expect(() => latin && valueOf(latin)).toThrow(/no UTF-8/);
  });

  it.each(["\r", "\n", "\r\n", "a", " ", "a\r\n", ":\r\n "])("6 MB of %j are read or refused, in one pass", (unit) => {
    const large = Buffer.alloc(6_000_000, unit);
    const taken = attempt(() => split(normalize(large)));
    if (taken) expect(taken.body.length).toBeGreaterThan(1_000_000);
  });
});

/** What it makes; undefined where it refuses as it may. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
