import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../error.ts";
import { normalize, split, valueOf } from "./raw.ts";
import { type Change, rewrite } from "./rewrite.ts";

const bytes = (text: string) => Buffer.from(text, "latin1");
const lines = (...all: string[]) => `${all.join("\r\n")}\r\n`;

const change: Change = {
  from: "mary@company.com",
  reply_to: ["catchall@company.com"],
  message_id: "<em_1@company.com>",
  date: new Date("2026-11-23T10:00:00Z"),
  kind: "transactional",
  headers: [],
};
const write = (text: string, changes: Partial<Change> = {}) =>
  Buffer.from(rewrite(text, { ...change, ...changes })).toString("latin1");

describe("a message rewritten", () => {
  const whole = lines(
    "Received: by somebody",
    "X-First: 1",
    'From: "Mary" <mary@company.com>',
    "to: you@example.org",
    "Reply-To: me@company.com",
    "Date: Mon, 1 Jan 2024 00:00:00 +0100",
    "Message-ID: <own@app>",
    "References: <a@app>",
    "\t<b@app>",
    "Content-Type: multipart/signed; boundary=x",
    "MIME-Version: 1.0",
    "",
    "--x",
    "Bcc: of@the.body",
    "",
  );

  it("R-REW-5 keeps all but what the rules change, in its order and to the octet", () => {
    const out = write(whole, { from: '"Mary" <mary@company.com>', message_id: "<own@app>" });
    expect(out).toBe(
      whole
        .replace("Received: by somebody\r\n", "")
        .replace("References: <a@app>\r\n\t<b@app>", "References: <a@app> <b@app> <own@app>"),
    );
  });

  it("R-REW-1 R-REW-4 R-REW-5 replaces From and Message-ID where they are, and adds what is not there", () => {
    const out = write(lines("Subject: a", "From: x@else.example", "Message-ID: <own@app>", "Reply-To:", "", "b"));
    expect(out).toBe(
      lines(
        "Subject: a",
        "From: mary@company.com",
        "Message-ID: <em_1@company.com>",
        "Reply-To: catchall@company.com",
        "References: <em_1@company.com>",
        "Date: Mon, 23 Nov 2026 10:00:00 +0000",
        "",
        "b",
      ),
    );
    expect(write(lines("Content-Type: text/plain", "", "b"))).toMatch(/^MIME-Version: 1.0\r$/m);
  });

  it("R-REW-6 takes out what never goes out", () => {
    const names = [
      ...["Bcc", "BCC", "Sender", "Return-Path", "Received", "Authentication-Results", "DomainKey-Signature"],
      ...[
        "Resent-To",
        "Resent-Bcc",
        "DKIM-Signature",
        "ARC-Seal",
        "X-SES-CONFIGURATION-SET",
        "x-ses-tenant",
        "X-Posthouse-Id",
      ],
    ];
    const out = write(lines(...names.map((name) => `${name}: x@evil.example\r\n folded`), "Subject: a", "", "b"));
    expect(out).not.toMatch(/evil|folded/);
    expect(out).toMatch(/^Subject: a\r\n/);
  });

  it("R-KIND-3 on mass mail what marks it as such is ours", () => {
    const text = lines(
      "List-Unsubscribe: <mailto:x@y.example>",
      "Precedence: list",
      "X-Auto-Response-Suppress: None",
      "",
      "b",
    );
    const mass = write(text, { kind: "mass", headers: [{ name: "Precedence", value: "bulk" }] });
    expect(mass.match(/^(?:list|precedence|x-auto).*$/gim)).toEqual(["Precedence: bulk"]);
    expect(write(text)).toContain("List-Unsubscribe: <mailto:x@y.example>\r\nPrecedence: list\r\n");
  });

  it("G3 R-REW-6 whatever comes in: each field of ours once, none that may not go out, the body to the octet", () => {
    const name = fc.constantFrom(
      "Subject",
      "Bcc",
      "X-Ses-Tenant",
      "Resent-To",
      "From",
      "Message-ID",
      "References",
      "X-A",
      "to",
    );
    const value = fc.constantFrom(
      "a",
      "a@b.example",
      "<a@b>",
      "\r\n folded",
      "",
      "Bcc: x@y",
      "=?utf-8?Q?=0D=0ABcc:_x?=",
    );
    const end = fc.constantFrom("\r\n", "\n", "\r", "\r\n\r\n", " \r\n", "");
    const line = fc.tuple(name, value, end).map(([name, value, end]) => `${name}: ${value}${end}`);
    const text = fc.oneof(
      fc.array(line, { maxLength: 8 }).map((all) => all.join("")),
      fc.string({ unit: "binary", maxLength: 80 }),
    );
    let written = 0;
    fc.assert(
      fc.property(text, (text) => {
        const out = attempt(() => rewrite(normalize(bytes(text)).toString("latin1"), change));
        if (out === undefined) return;
        written++;
        const { fields, body } = split(Buffer.from(out));
        expect(fields.map(({ name }) => name).filter((name) => /^(?:bcc|resent-|x-ses-)/.test(name))).toEqual([]);
        for (const one of ["from", "reply-to", "message-id", "references", "date"])
          expect(fields.filter(({ name }) => name === one)).toHaveLength(1);
        const [from] = fields.filter(({ name }) => name === "from").map(valueOf);
        expect(from).toBe("mary@company.com");
        expect(Buffer.from(body)).toEqual(Buffer.from(split(normalize(bytes(text))).body));
        expect(normalize(out)).toEqual(Buffer.from(out));
      }),
      { numRuns: 2_000 },
    );
    expect(written).toBeGreaterThan(300);
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
