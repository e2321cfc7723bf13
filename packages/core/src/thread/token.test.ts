import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verify as verifyBounce, withToken as withBounceToken } from "../email/token.ts";
import { verify, withToken } from "./token.ts";

const email = "em_01m83krswkmpfw14r37000dz9h";
const message = "msg_01m83krswkmpfw14r37000dz9h";
const at = "@company.com";

describe("R-IN-1 the reply token", () => {
  it("names its email or message, in any case, and opens with the database's own key alone", () => {
    for (const id of [email, message] as const) {
      const address = withToken(`support${at}`, id, "key-a");
      expect(address).toMatch(/^support\+01m83krswkmpfw14r37000dz9h-[0-9a-f]{16}@company\.com$/);
      expect([verify(address, "key-a"), verify(address.toUpperCase(), "key-a")]).toEqual([id, id]);
      expect(verify(address, "key-b")).toBeUndefined();
    }
  });

  it("is no bounce token, nor is a bounce token one", () => {
    const bounce = withBounceToken(`b${at}`, email, "k");
    const reply = withToken(`b${at}`, email, "k");
    const tokenOf = (address: string) => address.slice("b+".length, -at.length);
    expect(verifyBounce(tokenOf(bounce), "k")).toBe(email);
    expect([verify(bounce, "k"), verifyBounce(tokenOf(reply), "k")]).toEqual([undefined, undefined]);
  });

  it("R-REW-4 is left out where the local part would be over 64 octets, and there only", () => {
    const local = (length: number) => "s".repeat(length) + at;
    expect(withToken(local(20), email, "k").indexOf("@")).toBe(64);
    expect(withToken(local(21), email, "k")).toBe(local(21));
  });

  it("stands behind the last plus of an address that has one already", () => {
    expect(verify(withToken(`support+de${at}`, message, "k"), "k")).toBe(message);
  });

  it("guessed or changed by one character, it names nothing", () => {
    fc.assert(fc.property(fc.string(), (text) => verify(text, "k") === undefined));
    const address = withToken(`s${at}`, email, "k");
    const token = fc.integer({ min: 2, max: address.length - at.length - 1 });
    fc.assert(
      fc.property(token, fc.constantFrom(...Array.from("0123456789abcdefz-+@")), (place, letter) => {
        const changed = address.slice(0, place) + letter + address.slice(place + 1);
        return changed === address || verify(changed, "k") === undefined;
      }),
    );
  });
});
