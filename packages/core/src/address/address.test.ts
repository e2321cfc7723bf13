import { describe, expect, it } from "vitest";
import * as Address from "./address.ts";
import * as Domain from "./domain.ts";

describe("addresses", () => {
  it.each([
    "mary@company.com",
    "Mary.Ann+tag@COMPANY.com",
    "o'neil=x@a-b.co",
    '"john;doe"@company.com',
    '"a@b"@company.com',
    "mary@mail.éxample.com",
    `${"x".repeat(64)}@company.com`,
  ])("takes %s", (text) => expect(Address.isAddress(text)).toBe(true));

  it.each([
    ["", "no @"],
    ["mary", "no @"],
    ["@company.com", "local part before"],
    ["a@b@company.com", "local part before"],
    [".mary@company.com", "local part before"],
    ["ma..ry@company.com", "local part before"],
    ["ma ry@company.com", "local part before"],
    ['""@company.com', "local part before"],
    ['"a"b"@company.com', "local part before"],
    ["mary\n@company.com", "outside ASCII"],
    ["märy@company.com", "SMTPUTF8"],
    ["mary＠evil.com@company.com", "SMTPUTF8"],
    [`${"x".repeat(65)}@company.com`, "64"],
    ["mary@localhost", "two labels"],
    ["mary@company.com.", "two labels"],
    ["mary@company..com", "two labels"],
    ["mary@-company.com", "two labels"],
    ["mary@[127.0.0.1]", "two labels"],
    ["mary@127.0.0.1", "two labels"],
    ["mary@１２７.0.0.1", "two labels"],
    ["mary@company.my_host", "two labels"],
    ["mary@é.com/evil", "two labels"],
    ["mary@é.com?x", "two labels"],
    ["mary@é%2ecom", "two labels"],
    ["mary@a.example\n", "two labels"],
    ['"a b"@company.com', "local part before"],
    ['"a>b"@company.com', "local part before"],
    ['"a\\"b"@company.com', "local part before"],
    ["mary@com＠pany.com", "two labels"],
    [`mary@${"x".repeat(64)}.com`, "two labels"],
    [`mary@${"x.".repeat(126)}com`, "two labels"],
    [`${"x".repeat(64)}@${"abcdefghi.".repeat(19)}com`, "254"],
  ])("refuses %j", (text, reason) => {
    const result = Address.read(text);
    expect("reason" in result && result.reason).toContain(reason);
  });

  it("R-SEL-6 compares in lower case and A-labels", () => {
    expect(Address.normalize("  Mary@COMPANY.com ")).toBe("mary@company.com");
    expect(Address.normalize("Mary@mail.Éxample.com")).toBe("mary@mail.xn--xample-9ua.com");
    expect(Address.normalize("mary@mail.example.com")).not.toBe(Address.normalize("mary@mail.éxample.com"));
    expect(Address.normalize("Not An Address")).toBe("not an address");
  });

  it("keeps an address as written, only a domain outside ASCII becomes A-labels", () => {
    expect(Address.read("Mary@COMPANY.com")).toMatchObject({ address: "Mary@COMPANY.com", domain: "company.com" });
    expect(Address.read("Mary@Faß.de")).toMatchObject({ address: "Mary@xn--fa-hia.de", domain: "xn--fa-hia.de" });
  });

  it("unquotes a local part", () => {
    expect(Address.unquote('"john \\"doe\\""')).toBe('john "doe"');
    expect(Address.unquote("john")).toBe("john");
  });

  it("tells a sub-domain from a look-alike", () => {
    expect(Domain.isWithin("a.posthouse.test", "posthouse.test")).toBe(true);
    expect(Domain.isWithin("posthouse.test", "posthouse.test")).toBe(true);
    expect(Domain.isWithin("myposthouse.test", "posthouse.test")).toBe(false);
  });

  it("never takes a confusable for the domain it looks like", () => {
    expect(Domain.toAscii("pаypal.com")).toMatch(/^xn--/);
  });
});
