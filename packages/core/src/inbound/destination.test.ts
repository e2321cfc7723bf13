import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { destinations, meanings, withoutTag } from "./destination.ts";

const D = "acme.posthouse.test";
const names = { fallback: D, own: new Set(["acme.com"]) };
const at = (recipients: string[], forwarded: string[] = [], addressed: string[] = []) =>
  destinations(recipients, { forwarded, addressed }, names);

describe("R-IN-8 what a mail is for", () => {
  it("R-IN-8 is the recipient of the envelope, each by itself", () => {
    expect(at([`a@${D}`, "b@acme.com"])).toEqual([
      { recipient: `a@${D}`, key: `a@${D}`, envelope: `a@${D}`, addresses: [`a@${D}`], named: [] },
      { recipient: "b@acme.com", key: "b@acme.com", envelope: "b@acme.com", addresses: ["b@acme.com"], named: [] },
    ]);
  });

  it("R-IN-8 is the old address where it was forwarded to the default domain, the first hop's first", () => {
    expect(at([`in@${D}`], ["support+x@acme.com", "box@elsewhere.example", "all@acme.com"])).toEqual([
      {
        recipient: "support+x@acme.com",
        key: expect.stringMatching(/^in@acme\.posthouse\.test<[0-9a-f]{32}$/),
        envelope: `in@${D}`,
        addresses: ["support+x@acme.com", "all@acme.com", `in@${D}`],
        named: [],
      },
    ]);
  });

  it("R-IN is the same again by the envelope and the old address together", () => {
    const key = (envelope: string, old: string) => at([envelope], [old])[0]?.key;
    expect(key(`a@${D}`, "info@acme.com")).toBe(key(`a@${D}`, "info@acme.com"));
    expect(key(`b@${D}`, "info@acme.com")).not.toBe(key(`a@${D}`, "info@acme.com"));
    expect(key(`a@${D}`, "sales@acme.com")).not.toBe(key(`a@${D}`, "info@acme.com"));
  });

  it("R-IN-8 an old address that is a recipient itself swallows none of the others", () => {
    const both = at([`a@${D}`, "b@acme.com"], ["b@acme.com"]);
    expect(both.map(({ recipient, addresses }) => [recipient, addresses])).toEqual([
      [`a@${D}`, [`a@${D}`]],
      ["b@acme.com", ["b@acme.com"]],
    ]);
  });

  it("R-IN To and Cc on own domains count where forwarding lost the old address alone", () => {
    const named = (...args: Parameters<typeof at>) => at(...args).flatMap((one) => one.named);
    const to = ["support@acme.com", "x@other.example"];
    expect(named([`in@${D}`], [], to)).toEqual(["support@acme.com"]);
    expect(named([`in@${D}`], ["sales@acme.com"], to)).toEqual([]);
    expect(named([`in@${D}`], [], [...to, `in@${D}`])).toEqual([]);
    expect(named([`in@${D}`, "support@acme.com"], [], to)).toEqual([]);
    expect(named([`in@${D}`, `on@${D}`], [], to)).toEqual([]);
    expect(named(["b@acme.com"], [], to)).toEqual([]);
    expect(
      named(
        [`in@${D}`],
        [],
        Array.from({ length: 51 }, (_, n) => `a${n}@acme.com`),
      ),
    ).toEqual([]);
  });

  it("R-IN-8 no address of somebody else's, and none where several on the default domain may be meant", () => {
    expect(at([`in@${D}`], ["support@other.example"])[0]?.addresses).toEqual([`in@${D}`]);
    expect(at(["b@acme.com"], ["support@acme.com"])[0]?.addresses).toEqual(["b@acme.com"]);
    const several = at([`a@${D}`, `b@${D}`], ["support@acme.com"]);
    expect(several.map(({ recipient }) => recipient)).toEqual([`a@${D}`, `b@${D}`]);
  });

  it("R-IN-8 every recipient is in one destination at least, and no destination stands twice", () => {
    const address = fc.constantFrom(`a@${D}`, `b@${D}`, "a@acme.com", "b+t@acme.com", "c@other.example");
    fc.assert(
      fc.property(fc.uniqueArray(address), fc.uniqueArray(address), fc.array(address), (recipients, forwarded, to) => {
        const found = at(recipients, forwarded, to);
        expect(new Set(found.map(({ recipient }) => recipient)).size).toBe(found.length);
        expect(new Set(found.map(({ key }) => key)).size).toBe(found.length);
        const all = found.flatMap(({ addresses }) => addresses);
        for (const one of recipients) expect(all).toContain(one);
      }),
    );
  });
});

it("an address may mean whatever stands before any of its plus signs, the longest first", () => {
  expect(meanings("a+b+c@x.example")).toEqual(["a+b+c@x.example", "a+b@x.example", "a@x.example"]);
  expect(meanings("a@x.example")).toEqual(["a@x.example"]);
  const many = meanings(`a${"+".repeat(60)}@x.example`);
  expect([many.length, many.at(-1)]).toEqual([7, "a@x.example"]);
});

it.each([
  ["bounce+token@x.example", "bounce@x.example"],
  ["a+b+c@x.example", "a@x.example"],
  ["a@x.example", "a@x.example"],
  ["+a@x.example", "@x.example"],
])("without its tag %s is %s", (tagged, bare) => expect(withoutTag(tagged)).toBe(bare));
