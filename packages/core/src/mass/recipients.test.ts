import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isForEach, read } from "./recipients.ts";

const asked = (to: readonly string[], more: Partial<Parameters<typeof read>[0]> = {}) =>
  read({ kind: "mass", to, cc: [], bcc: [], ...more });
const raw = { mime: "Subject: Hello\r\n\r\n" };

describe("R-KIND-3 the recipients of a mass mail", () => {
  it("each with a To of their own; what is no address and what is there twice is left out, with its reason", () => {
    const { each, left } = asked(["Mary <Mary@example.net>", "nobody", "mary@EXAMPLE.net", "bob@example.net"]);
    expect(each.map(({ index, shown, key }) => [index, shown, key])).toEqual([
      [0, '"Mary" <Mary@example.net>', "mary@example.net"],
      [3, "bob@example.net", "bob@example.net"],
    ]);
    expect(left).toEqual([
      { address: "nobody", reason: "address_invalid" },
      { address: "mary@example.net", reason: "duplicate" },
    ]);
  });

  it("nobody is lost and nobody gets it twice, whatever is named", () => {
    const one = fc.oneof(fc.constantFrom("a@b.example", "A@B.example", "c@d.example", "none", "@", "x@y"), fc.string());
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 50 }), (to) => {
        const clean = to.map((text) => text.replace(/\p{Cc}/gu, ""));
        const { each, left } = asked([...clean, "last@example.net"]);
        expect(each.length + left.length).toBe(clean.length + 1);
        expect(new Set(each.map(({ key }) => key)).size).toBe(each.length);
        expect(each.map(({ index }) => index)).toEqual(each.map(({ index }) => index).toSorted((a, b) => a - b));
      }),
    );
  });

  it("none of them an address: the request is wrong, as with a single one", () => {
    expect(() => asked(["nobody", "either"])).toThrow(
      expect.objectContaining({ name: "invalid_parameter", details: { field: "to[0]" } }),
    );
  });

  it("R-REW-6 a line break is the whole request's fault, not one recipient's", () => {
    expect(() => asked(["a@example.net", '"Bob\r\nBcc: x" <b@example.net>'])).toThrow(
      expect.objectContaining({ name: "invalid_header" }),
    );
  });

  it.each(["cc", "bcc"] as const)("no %s: the advice is to name everybody in to", (field) => {
    expect(() => asked(["a@example.net"], { [field]: ["b@example.net"] })).toThrow(
      expect.objectContaining({
        name: "invalid_parameter",
        message: expect.stringContaining("in `to`"),
        details: { field },
      }),
    );
  });

  it("of a message of the caller's own, the envelope says who; a Cc it shows is refused", () => {
    const { each } = asked(["a@example.net"], { bcc: ["b@example.net"], raw });
    expect(each.map(({ key, field }) => [key, field])).toEqual([
      ["a@example.net", "to"],
      ["b@example.net", "to"],
    ]);
    expect(() => asked([], { cc: ["a@example.net"], bcc: ["b@example.net"], raw })).toThrow(/no `cc`/);
  });

  it("at most 50 of them", () => {
    const to = Array.from({ length: 51 }, (_, n) => `r${n}@example.net`);
    expect(asked(to.slice(1)).each).toHaveLength(50);
    for (const given of [to, to.map(() => "a@example.net"), ["a@example.net", ...to.slice(1).map(() => "nobody")]])
      expect(() => asked(given)).toThrow(/at most 50 recipients; this one has 51/);
  });

  it("only mass mail to several is one mail each; one with a copy is looked at as such, to be refused", () => {
    const several = { to: ["a@example.net", "b@example.net"], cc: [], bcc: [] };
    expect(isForEach({ kind: "mass", ...several })).toBe(true);
    expect(isForEach({ kind: "transactional", ...several })).toBe(false);
    expect(isForEach({ kind: "mass", to: ["a@example.net"], cc: [], bcc: [] })).toBe(false);
    const nobody = { to: [], cc: [], bcc: [] };
    expect(isForEach({ kind: "mass", ...nobody, cc: ["a@example.net"], raw })).toBe(true);
    expect(isForEach({ kind: "mass", ...nobody, bcc: ["a@example.net"] })).toBe(true);
    expect(isForEach({ kind: "mass", ...nobody, bcc: ["a@example.net"], raw })).toBe(false);
  });
});
