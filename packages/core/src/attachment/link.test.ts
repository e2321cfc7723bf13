import fc from "fast-check";
import { expect, it } from "vitest";
import { type FileRef, make, parse, verify } from "./link.ts";

const key = "the key of a database";
const id = (prefix: string) =>
  fc
    .array(fc.constantFrom(...Array.from("0123456789abcdefghjkmnpqrstvwxyz")), { minLength: 26, maxLength: 26 })
    .map((letters) => `${prefix}_${letters.join("")}`);
const refs: fc.Arbitrary<FileRef> = fc.record({
  database: id("db"),
  of: fc.oneof(id("em"), id("msg")),
  n: fc.integer({ min: 0, max: 99 }),
  until: fc.integer({ min: 0, max: 4_102_444_800 }),
});

it("R-SRV-7 a token says its file and its end, and verifies with its own key only", () => {
  fc.assert(
    fc.property(refs, (ref) => {
      const token = make(ref, key);
      const parsed = parse(token);
      expect(parsed).toMatchObject(ref);
      expect(make(ref, key)).toBe(token);
      expect(encodeURIComponent(token)).toBe(token);
      expect(parsed && [verify(parsed, key), verify(parsed, "another")]).toEqual([true, false]);
    }),
  );
});

it("R-SRV-7 a token changed anywhere is none", () => {
  fc.assert(
    fc.property(refs, fc.nat(), fc.constantFrom("0", "a", "z", ".", "-", "_"), (ref, at, letter) => {
      const token = make(ref, key);
      const place = at % token.length;
      const changed = token.slice(0, place) + letter + token.slice(place + 1);
      const parsed = parse(changed);
      fc.pre(changed !== token);
      expect(parsed !== undefined && verify(parsed, key)).toBe(false);
    }),
  );
});

it.each(["", "x", "a.b.c.d.e", `${"0".repeat(26)}.${"0".repeat(26)}.0.0.`, "../../etc/passwd"])(
  "R-SRV-7 %j is no token",
  (token) => {
    expect(parse(token)).toBeUndefined();
  },
);
