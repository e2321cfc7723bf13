import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Header from "./header.ts";

const read = (text: string) => Header.fields(Header.split(Buffer.from(text, "latin1")).header);

describe("the header of a mail that came in", () => {
  it("is taken apart from the body at the first empty line, whichever line ends there are", () => {
    for (const end of ["\r\n", "\n"]) {
      const { header, body } = Header.split(Buffer.from(["A: 1", "B: 2", "", "x", "", "y", ""].join(end)));
      expect([header.toString(), body.toString()]).toEqual([`A: 1${end}B: 2${end}`, `x${end}${end}y${end}`]);
    }
  });

  it("is all there is of a mail without an empty line, and nothing of one that begins with it", () => {
    expect(read("Subject: only")).toEqual([{ name: "subject", value: "only" }]);
    expect(read("\r\nSubject: body")).toEqual([]);
  });

  it("is unfolded, and what is no field left out", () => {
    const text = "From foo@bar Mon Nov 23\r\nSubject : a\r\n\tb\r\n c\r\n: none\r\nX-Y:z\r\n\r\n";
    expect(read(text)).toEqual([
      { name: "subject", value: "a\tb c" },
      { name: "x-y", value: "z" },
    ]);
  });

  it("may hold UTF-8 (RFC 6532), or octets that are none", () => {
    expect(read(`Subject: ${Buffer.from("Grüße").toString("latin1")}\n\n`)[0]?.value).toBe("Grüße");
    expect(read("Subject: Gr\xfc\xdfe\n\n")[0]?.value).toBe("Grüße");
  });

  it("is shown decoded, on one line, at most so long", () => {
    expect(Header.text("=?utf-8?B?R3LDvMOfZQ==?= <a@b.example>", 100)).toBe("Grüße <a@b.example>");
    expect(Header.text("=?x-unknown?Q?a?=", 100)).toBe("=?x-unknown?Q?a?=");
    expect(Header.text("=?utf-8?Q?a=0D=0ABcc:_b?=", 100)).toBe("a Bcc: b");
    expect(Header.text("x".repeat(5_000), 1_000)).toHaveLength(1_000);
  });

  it("may be anything: nothing throws, and header and body are the mail", () => {
    const octets = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .array(fc.constantFrom("A: b", ":", " ", "\t", "\r", "\n", "\r\n", "\0", "=?utf-8?B?", "é"))
        .map((all) => Buffer.from(all.join(""))),
    );
    fc.assert(
      fc.property(octets, (raw) => {
        const { header, body } = Header.split(raw);
        for (const { name, value } of Header.fields(header)) {
          expect(name).toMatch(/^[\x21-\x39\x3b-\x7e]+$/);
          expect(Header.text(value, 20)).not.toMatch(/\p{Cc}/u);
        }
        const gap = raw.length - header.length - body.length;
        expect(Buffer.from(raw.slice(header.length, header.length + gap)).toString()).toMatch(/^(\r?\n)?$/);
      }),
    );
  });

  it("may be of 10 MB", () => {
    const raw = Buffer.concat([Buffer.alloc(10_000_000, "X-Long: y\r\n"), Buffer.from("\r\nSubject: end\r\n\r\nbody")]);
    expect(Header.fields(Header.split(raw).header, new Set(["subject"]))).toEqual([{ name: "subject", value: "end" }]);
  });
});
