import { describe, expect, it } from "vitest";
import { configuration, D, route, server } from "../../../../test/fixtures/routing.ts";

const N = "notifications@company-name.com";
const over = configuration([server("open", null)]);
const kept = configuration([server("ext", "company-name.com")]);

describe("the From that goes out", () => {
  it.each([
    ['"Mary" <mary@customer.example.com>', `"Mary" <${N}>`, "Mary"],
    ["Mary Ann <mary@customer.example.com>", `"Mary Ann" <${N}>`, "Mary Ann"],
    ["mary@customer.example.com", `"mary" <${N}>`, "mary"],
    ['"" <Mary.Ann@customer.example.com>', `"Mary.Ann" <${N}>`, "Mary.Ann"],
    ['"Ma\\"ry\\\\" <mary@x.com>', `"Ma\\"ry\\\\" <${N}>`, 'Ma"ry\\'],
    ['"a;b"@x.com', `"a;b" <${N}>`, "a;b"],
    ['"mary@x.com" <Mary@X.com>', `"Mary" <${N}>`, "Mary"],
    ["“Mary” <mary@x.com>", `"“Mary”" <${N}>`, "“Mary”"],
    ["=?utf-8?q?Andr=C3=A9?= <a@x.com>", `"André" <${N}>`, "André"],
  ])("R-REW-1 overrides %s and keeps the name", (from, expected, name) => {
    const decision = route(over, from);
    expect(decision).toMatchObject({ from: expected, from_address: N, from_name: name, overridden: true });
  });

  it.each([`Anna <${N}>`, N.toUpperCase(), `"A, B" <${N}>`])("R-REW-1 leaves %s, which is N already", (from) => {
    expect(route(over, from)).toMatchObject({ from, overridden: false });
  });

  it("R-REW-1 keeps a From as it was written, in plain forms", () => {
    const decision = route(kept, "Mary Ann <Mary@Company-Name.com>");
    expect(decision).toMatchObject({ from: "Mary Ann <Mary@Company-Name.com>", from_name: "Mary Ann" });
    expect(route(kept, "m@company-name.com (Mary)").from).toBe('"Mary" <m@company-name.com>');
  });

  it("R-REW-2 without a From sends N with the company's name, control characters taken out", () => {
    expect(route(over, null)).toMatchObject({ from: `"Company" <${N}>`, from_name: "Company", overridden: false });
    const companies = over.companies.map((company) => ({ ...company, name: 'Smith "&"\r\nSons' }));
    expect(route({ ...over, companies }, null)).toMatchObject({
      from: `"Smith \\"&\\"  Sons" <${N}>`,
      from_name: 'Smith "&"  Sons',
    });
    const blank = over.companies.map((company) => ({ ...company, name: " " }));
    expect(route({ ...over, companies: blank }, null)).toMatchObject({ from: N, from_name: null });
  });
});

describe("the Reply-To", () => {
  it("R-REW-4 is exactly the catchall of the alias domain when none is given", () => {
    expect(route(kept, "m@company-name.com").reply_to).toEqual(["catchall@company-name.com"]);
    expect(route(over, "m@foreign.com", { reply_to: [] }).reply_to).toEqual(["catchall@company-name.com"]);
    expect(route(configuration([], { domains: [] }), null).reply_to).toEqual([`catchall@${D}`]);
  });

  it("R-REW-4 is the caller's where given, an override leaves it alone", () => {
    const reply_to = ["Mary <mary@x.com>", "b@y.com"];
    expect(route(over, "m@foreign.com", { reply_to }).reply_to).toEqual(reply_to);
  });

  it("R-REW-6 refuses a line break in it, and what is no address", () => {
    const reply = (value: string) => () => route(over, null, { reply_to: ["a@b.com", value] });
    expect(reply("c@d.com\r\nBcc: e@f.com")).toThrow(expect.objectContaining({ name: "invalid_header" }));
    expect(reply("nobody")).toThrow(/^reply_to\[1\] has no @/);
  });
});
