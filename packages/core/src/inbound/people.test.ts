import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mailboxes } from "./people.ts";

const one = (name: string | null, address: string) => [{ name, address }];

describe("the mailboxes of a field", () => {
  it.each([
    ["Mary@Customer.Example", one(null, "mary@customer.example")],
    ['"Mary, Ann" <mary@customer.example>', one("Mary, Ann", "mary@customer.example")],
    ['"Ma\\"ry" <mary@customer.example>', one('Ma"ry', "mary@customer.example")],
    ["“Mary” <mary@customer.example.com>", one("Mary", "mary@customer.example.com")],
    ["'Mary' <mary@customer.example>", one("Mary", "mary@customer.example")],
    ["=?utf-8?Q?M=C3=A4ry?= <mary@customer.example>", one("Märy", "mary@customer.example")],
    ['"=?utf-8?B?4oCcTWFyeeKAnQ==?=" <mary@customer.example>', one("Mary", "mary@customer.example")],
    ["mary@customer.example (Mary)", one("Mary", "mary@customer.example")],
    ["Mary (at home) <mary@customer.example>", one("Mary", "mary@customer.example")],
    ["<@relay.example:mary@customer.example>", one(null, "mary@customer.example")],
    ["Mary <mary@customer.example", one("Mary", "mary@customer.example")],
    ['"Mary <mary@customer.example>', one("Mary", "mary@customer.example")],
    ["mary@customer.example, MARY@customer.example", one(null, "mary@customer.example")],
    ["< mary @ customer . example >", one(null, "mary@customer.example")],
    ['"a b"@x.example', []],
    ['"a b" <"a b"@x.example>, b@x.example', one(null, "b@x.example")],
    ["", []],
    ["undisclosed-recipients:;", []],
    ["Mary", []],
  ])("reads %s", (field, found) => expect(mailboxes(field)).toEqual(found));

  it("takes groups apart, and leaves out what is no address", () => {
    expect(
      mailboxes('Friends: a@x.example, "B" <b@x.example>; c@x.example, nobody, d@').map((each) => each.address),
    ).toEqual(["a@x.example", "b@x.example", "c@x.example"]);
  });

  it("never throws, and gives addresses in lower case, each once, names without control characters", () => {
    const piece = fc.constantFrom(
      '"',
      "<",
      ">",
      "(",
      ")",
      ",",
      ";",
      ":",
      "\\",
      "@",
      "a@b.co",
      "=?utf-8?Q?=0A?=",
      "“",
      " ",
      "\r\n",
      "x",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const found = mailboxes(pieces.join(""));
        expect(new Set(found.map(({ address }) => address)).size).toBe(found.length);
        for (const { name, address } of found) {
          expect(address).toBe(address.toLowerCase());
          expect(name ?? "x").toMatch(/^[^\p{Cc}]+$/u);
        }
      }),
    );
  });

  it.each(['"', "(", "<", ",", "\\", "a@b.co,", "=?utf-8?Q?", ":", "a(", '""<'])(
    "reads a megabyte of %s at once",
    (piece) => {
      const start = performance.now();
      expect(mailboxes(piece.repeat(1_000_000 / piece.length)).length).toBeLessThanOrEqual(500);
      expect(performance.now() - start).toBeLessThan(2_000);
    },
  );
});
