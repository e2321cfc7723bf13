import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../error.ts";
import * as Mailbox from "./mailbox.ts";

const attempt = (text: string, field = "from"): Mailbox.Mailbox | string => {
  try {
    return Mailbox.parse(text, field);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.name;
  }
};

describe("parse", () => {
  it.each([
    ["mary@company.com", null, "mary@company.com"],
    [" Mary <Mary@company.com> ", "Mary", "Mary@company.com"],
    ['"Mary, Q. \\"M\\" \\\\" <m@company.com>', 'Mary, Q. "M" \\', "m@company.com"],
    ['"Name name@strange.name" <m@company.com>', "Name name@strange.name", "m@company.com"],
    ['"a <x@evil.com> b" <m@company.com>', "a <x@evil.com> b", "m@company.com"],
    ["m@company.com (Mary (the elder))", "Mary (the elder)", "m@company.com"],
    ["Ünal 李 <m@company.com>", "Ünal 李", "m@company.com"],
    ['"a@b"@company.com', null, '"a@b"@company.com'],
    ['"" <m@company.com>', null, "m@company.com"],
    ["=?utf-8?Q?M=C3=A9_?= =?UTF-8?B?w6k=?= <m@company.com>", "Mé é", "m@company.com"],
    ["=?iso-8859-1?q?Andr=E9?= <m@company.com>", "André", "m@company.com"],
    ["=?x-none?q?Andr=E9?= <m@company.com>", "=?x-none?q?Andr=E9?=", "m@company.com"],
    ["=?utf-8?q?=3Cx=40evil.com=3E?= <m@company.com>", "<x@evil.com>", "m@company.com"],
  ])("takes %s", (text, name, address) => expect(attempt(text)).toMatchObject({ name, address }));

  it.each([
    "",
    "   ",
    "Mary",
    "a@b.com, c@d.com",
    "<a@evil.com> <b@company.com>",
    "a@evil.com <b@company.com>",
    "<b@company.com> a@evil.com",
    "g: a@b.com;",
    "g: a@b.com",
    "undisclosed-recipients:;",
    "<@evil.com:b@company.com>",
    "Joe, PhD <joe@company.com>",
    '"Mary <m@company.com>',
    "Mary (oops <m@company.com>",
    "Mary) <m@company.com>",
    "m @ company . com",
    "m(comment)@company.com",
    '"m@company.com"',
    "<<m@company.com>>",
    "Mary m@company.com",
    "(m@company.com)",
    '"Mary\\',
    `${"x".repeat(990)} <m@company.com>`,
    `${"(".repeat(400)}${")".repeat(400)}`,
  ])("R-SEL-6 refuses %j", (text) => expect(attempt(text)).toBe("invalid_from_address"));

  it.each(["a@b.com\r\nBcc: x@y.com", '"Mary\nX: y" <a@b.com>', "a@b.com\0", "=?utf-8?q?a=0D=0ABcc=3A?= <a@b.com>"])(
    "R-REW-6 refuses the line break in %j",
    (text) => expect(attempt(text)).toBe("invalid_header"),
  );

  it("names the field, and calls an invalid one by the field's error", () => {
    expect(attempt("nobody", "to[2]")).toBe("validation_error");
    expect(() => Mailbox.parse("nobody", "to[2]")).toThrow(/^to\[2\] has no @/);
  });

  it("reads back every name it has written", () => {
    const name = fc.string({ unit: "grapheme", maxLength: 60 });
    fc.assert(
      fc.property(name, (text) => {
        const clean = Mailbox.clean(text);
        fc.pre(!text.includes("=?"));
        expect(Mailbox.parse(Mailbox.format({ name: text, address: "m@company.com" })).name).toBe(clean);
      }),
    );
  });

  it("reads back what looks like an encoded word as it stands, where it was written for that", () => {
    const word = fc.constantFrom("=?utf-8?q?a=0Ab?=", "=?utf-8?b?YQ==?=", "=?", "?=", " ", "ä", '"', "\n");
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (words) => {
        const name = words.join("");
        const { name: read } = Mailbox.parse(Mailbox.exact({ name, address: "m@company.com" }));
        expect(read).toBe(Mailbox.clean(name));
      }),
    );
  });

  it("answers any text with a safe mailbox or a named error", () => {
    const noise = fc.string({ unit: fc.constantFrom(...'a@b.c<>"\\(),;: =?\r\n\0é'.split("")), maxLength: 40 });
    fc.assert(
      fc.property(noise, (text) => {
        const result = attempt(text);
        const written = typeof result === "string" ? "" : Mailbox.keep(text, result);
        expect(written).not.toMatch(/[\r\n\0]/);
        if (written !== "") expect(attempt(written)).toEqual(result);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("parseList", () => {
  it("splits at the commas outside of quotes and comments", () => {
    const list = Mailbox.parseList('"Joe, PhD" <j@a.com>, m@b.com (x, y),, o@c.com');
    expect(list.map(({ address }) => address)).toEqual(["j@a.com", "m@b.com", "o@c.com"]);
  });

  it("refuses a group and whatever one entry is refused for", () => {
    expect(() => Mailbox.parseList("g: a@b.com, c@d.com;", "cc")).toThrow(AppError);
    expect(() => Mailbox.parseList('a@b.com, "c@d.com', "cc")).toThrow(/^cc /);
  });
});

describe("keep", () => {
  it.each(["Mary@company.com", "Mary Ann <m@company.com>", '"Mary" <m@company.com>', "Ünal <m@company.com>"])(
    "leaves %s as it is",
    (text) => expect(Mailbox.keep(` ${text} `, Mailbox.parse(text))).toBe(text),
  );

  it("writes any other form anew", () => {
    const kept = (text: string): string => Mailbox.keep(text, Mailbox.parse(text));
    expect(kept("m@company.com (Mary)")).toBe('"Mary" <m@company.com>');
    expect(kept("Mary  <m@company.com>")).toBe('"Mary" <m@company.com>');
    expect(kept("Mary Q. <m@company.com>")).toBe('"Mary Q." <m@company.com>');
    expect(kept("<m@company.com>")).toBe("m@company.com");
    expect(kept("Mary <m@éx.com>")).toBe('"Mary" <m@xn--x-9fa.com>');
  });
});
