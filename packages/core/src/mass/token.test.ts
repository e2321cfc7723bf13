import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { databaseOf, make, open, type Reference } from "./token.ts";

const key = "a2V5IG9mIHRoZSBkYXRhYmFzZQ==";
const reference: Reference = {
  database: `db_${"01jd3x5q8w".padEnd(26, "0")}`,
  email: `em_${"01jd3x5q8z".padEnd(26, "1")}`,
  address: "mary+news@example.net",
};

const letters = fc.constantFrom(...Array.from("0123456789abcdefghjkmnpqrstvwxyz"));
const id = (prefix: string) =>
  fc.string({ unit: letters, minLength: 26, maxLength: 26 }).map((text) => `${prefix}_${text}`);
const references = fc.record({ database: id("db"), email: id("em"), address: fc.emailAddress() });

describe("R-KIND-3 the token of an unsubscribe link", () => {
  it("says what it was made of, in a path of a URL, the same each time", () => {
    fc.assert(
      fc.property(references, fc.base64String({ minLength: 4 }), (given, key) => {
        const token = make(given, key);
        expect(open(token, key)).toEqual(given);
        expect(databaseOf(token)).toBe(given.database);
        expect(make(given, key)).toBe(token);
        expect(token).toMatch(/^[\w.-]+$/);
      }),
    );
  });

  it("shows neither address nor email", () => {
    const token = make(reference, key);
    const shown = `${token}${Buffer.from(token.slice(27), "base64url").toString("latin1")}`;
    for (const hidden of ["mary", "example", reference.email.slice(3)]) expect(shown).not.toContain(hidden);
  });

  it("fits a header line with the longest address there can be (RFC 5322 §2.1.1)", () => {
    const address = `${"a".repeat(64)}@${`${"b".repeat(62)}.`.repeat(3)}example`.slice(0, 254);
    expect(make({ ...reference, address }, key).length).toBeLessThan(500);
  });

  it("is worth nothing where anything of it was changed", () => {
    const token = make(reference, key);
    for (let at = 0; at < token.length; at++)
      for (const letter of ["A", "z", "-", "0", ".", ""]) {
        const changed = token.slice(0, at) + letter + token.slice(at + 1);
        if (changed !== token) expect(open(changed, key), changed).toBeUndefined();
      }
    for (const cut of [token.slice(0, -1), token.slice(1), `${token}A`, "", ".", "x".repeat(2_000)])
      expect(open(cut, key)).toBeUndefined();
  });

  it("opens with the key it was made with, for the database it was made for, and no other", () => {
    const token = make(reference, key);
    const other = `db_${"01jd3x5q8y".padEnd(26, "0")}`;
    expect(open(token, "YW5vdGhlciBrZXk=")).toBeUndefined();
    expect(open(token.replace(reference.database.slice(3), other.slice(3)), key)).toBeUndefined();
  });

  it("says nothing of the address by being like another's", () => {
    const [one, two] = ["a@example.net", "b@example.net"].map((address) => make({ ...reference, address }, key));
    expect(one?.slice(27, 43)).not.toBe(two?.slice(27, 43));
  });
});
