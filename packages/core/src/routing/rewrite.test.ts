import { describe, expect, it } from "vitest";
import { configuration, D, domain, route, server } from "../../../../test/fixtures/routing.ts";

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

describe("the Reply-To of a mail of a thread", () => {
  const ours = configuration([], { domains: [domain("company-name.com", { mx_at_us: true })] });
  const elsewhere = configuration([]);
  const unproven = configuration([], { domains: [domain("company-name.com", { verified: false, mx_at_us: true })] });
  const over = { ...unproven, servers: [server("ext", "company-name.com")] };
  const support = "support@company-name.com";
  const reply = (of: typeof ours, alias: string | null, more: { reply_to?: string[] } = {}) => {
    const { reply_to, reply_token } = route(of, "m@company-name.com", { thread: { alias }, ...more });
    return [...reply_to, reply_token];
  };

  it("R-REW-4 is the thread's alias, else the catchall, with a token where the MX of its domain is ours", () => {
    expect(reply(ours, support)).toEqual([support, true]);
    expect(reply(ours, null)).toEqual(["catchall@company-name.com", true]);
    expect(reply(elsewhere, support)).toEqual([support, false]);
    expect(reply(elsewhere, null)).toEqual(["catchall@company-name.com", false]);
  });

  it("R-REW-4 has a token on the default domain always, whichever domain applies", () => {
    expect(reply(elsewhere, `support@${D}`)).toEqual([`support@${D}`, true]);
    expect(reply(configuration([], { domains: [] }), null)).toEqual([`catchall@${D}`, true]);
  });

  it("R-REW-4 is the caller's where given, without a token; so is that of any mail without thread", () => {
    expect(reply(ours, support, { reply_to: ["b@y.com"] })).toEqual(["b@y.com", false]);
    const { reply_to, reply_token } = route(ours, "m@company-name.com");
    expect([reply_to, reply_token]).toEqual([["catchall@company-name.com"], false]);
  });

  it("R-DOM-11 over the platform an alias counts once its domain is verified, over a server at once", () => {
    expect(reply(unproven, support)).toEqual([`catchall@${D}`, true]);
    expect(reply(over, support)).toEqual([support, true]);
  });

  it("R-REW-4 an alias on a domain that the database has no more is none", () => {
    expect(reply(ours, "support@gone.example")).toEqual(["catchall@company-name.com", true]);
  });
});
