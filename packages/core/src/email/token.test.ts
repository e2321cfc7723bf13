import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verify, withToken } from "./token.ts";

const id = "em_01m83krswkmpfw14r37000dz9h";

describe("R-REW-3 the bounce token", () => {
  it("names the email, and opens with the database's own key alone", () => {
    const address = withToken("bounce@company.com", id, "key-a");
    expect(address).toMatch(/^bounce\+01m83krswkmpfw14r37000dz9h-[0-9a-f]{16}@company\.com$/);
    const token = address.slice("bounce+".length, address.indexOf("@"));
    expect(verify(token, "key-a")).toBe(id);
    expect(verify(token.toUpperCase(), "key-a")).toBe(id);
    expect(verify(token, "key-b")).toBeUndefined();
  });

  it("is left out where the local part would be over 64 octets", () => {
    const long = `${"b".repeat(30)}@company.com`;
    expect(withToken(long, id, "k")).toBe(long);
  });

  it("guessed or changed, it names nothing", () => {
    const token = withToken("b@c.de", id, "k").slice(2, -"@c.de".length);
    fc.assert(fc.property(fc.string(), (text) => verify(text, "k") === undefined));
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...Array.from("0123456789abcdef-")), (at, letter) => {
        const changed = token.slice(0, at) + letter + token.slice(at + 1);
        return changed === token || verify(changed, "k") === undefined;
      }),
    );
  });
});
