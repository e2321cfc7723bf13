import { describe, expect, it } from "vitest";
import { AppError } from "../error.ts";
import { cleanFilter, covers, parseFilter } from "./filter.ts";

const clean = (text: string | null, kind: "smtp" | "platform" = "smtp"): string | null =>
  cleanFilter(text, "posthouse.test", kind, ["acme.posthouse.test", "company.com"]);

describe("matching a FROM filter", () => {
  const filter = parseFilter(" Company.COM ,mary@Other.com,, mail.éxample.com");

  it.each([
    ["bob@company.com", true],
    ["mary@other.com", true],
    ["bob@other.com", false],
    ["mary+tag@other.com", false],
    ["bob@mail.company.com", false],
    ["bob@xcompany.com", false],
    ["bob@mail.example.com", false],
    ["bob@mail.xn--xample-9ua.com", true],
  ])("R-SEL-6 %s: %s", (address, expected) => expect(covers(filter, address)).toBe(expected));

  it("R-SEL-6 no filter covers all", () => expect(covers(null, "x@y.com")).toBe(true));

  it("R-SEL-6 a parent is no match for its sub-domain's filter", () => {
    expect(covers(parseFilter("mail.company.com"), "bob@company.com")).toBe(false);
  });

  it.each([null, "", "  ", ", ,"])("R-SRV-3 %j is no filter", (text) => {
    expect(parseFilter(text)).toBeNull();
    expect(clean(text)).toBeNull();
  });
});

describe("checking a FROM filter at write", () => {
  it("R-SRV-3 stores lower-case parts in A-labels, each once", () => {
    const text = " Company.com,Mary@COMPANY.com, company.com, Éx.com,bob@Éx.com";
    expect(clean(text)).toBe("company.com, mary@company.com, xn--x-9fa.com, bob@xn--x-9fa.com");
  });

  it.each([
    ["*.company.com", "wildcard"],
    ["@company.com", "begins with @"],
    ["a b.com", "blank"],
    ["company.com other.com", "blank"],
    ["localhost", "two labels"],
    ["company.com; other.com", "blank"],
    ["mary@localhost", "two labels"],
    ["a@b@company.com", "local part"],
    ["märy@company.com", "SMTPUTF8"],
  ])("R-SRV-3 refuses %j", (text, reason) => {
    expect(() => clean(`ok.com, ${text}`)).toThrow(reason);
    expect(() => clean(text)).toThrow(AppError);
  });

  it.each(["posthouse.test", "acme.posthouse.test", "mary@Acme.Posthouse.test"])(
    "R-SRV-8 refuses %s, on the root domain, for an external server",
    (text) => expect(() => clean(text)).toThrow(expect.objectContaining({ name: "invalid_from_filter" })),
  );

  it("R-SRV-8 takes a domain that only ends like the root domain", () => {
    expect(clean("myposthouse.test")).toBe("myposthouse.test");
  });

  it("R-SRV-4 a platform record names only the database's own domains", () => {
    expect(clean("acme.posthouse.test, sales@company.com", "platform")).toBe("acme.posthouse.test, sales@company.com");
    expect(() => clean("other.posthouse.test", "platform")).toThrow("may send for: acme.posthouse.test, company.com");
    expect(() => clean("bob@foreign.com", "platform")).toThrow(AppError);
  });
});
