import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assertName, assertUnique, cleanAliases } from "./alias.ts";
import { cleanAlias } from "./clean.ts";
import type { DomainRecord } from "./record.ts";

describe("R-DOM-3 aliases are cleaned on write", () => {
  it.each([
    ["  Bounce ", "bounce"],
    ["Élodie", "elodie"],
    ["bounce@other.example", "bounce"],
    [".a..b.", "a.b"],
    ["sales team / EU", "sales-team-/-eu"],
    ["a,;b", "a-b"],
    ["x+y=z", "x+y=z"],
    ["日本", "-"],
  ])("R-DOM-3 %j becomes %j", (text, alias) => {
    expect(cleanAlias("bounce_alias", text)).toBe(alias);
  });

  it.each(["", " ", ".", "...", "@company.com", "a".repeat(65)])("R-DOM-3 %j is refused", (text) => {
    expect(() => cleanAlias("catchall_alias", text)).toThrow(expect.objectContaining({ name: "invalid_parameter" }));
  });

  it("R-DOM-3 default_from alone may be a full address", () => {
    expect(cleanAlias("default_from", " Hello@Brand.COM ")).toBe("hello@brand.com");
    expect(cleanAlias("default_from", "Hello@bücher.example")).toBe("hello@xn--bcher-kva.example");
    expect(() => cleanAlias("default_from", "hello@brand")).toThrow(/valid domain/);
  });

  it("R-DOM-3 cleaning what is clean changes nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (text) => {
        let once: string;
        try {
          once = cleanAlias("bounce_alias", text);
        } catch {
          return;
        }
        expect(once).toMatch(/^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/);
        expect(cleanAlias("bounce_alias", once)).toBe(once);
      }),
    );
  });
});

describe("R-DOM-2 names of alias domains", () => {
  it.each(["company.com", "mail.company.co.uk", "xn--bcher-kva.example", "1and1.com"])("R-DOM-2 %j is one", (name) => {
    expect(() => assertName(name, "posthouse.test")).not.toThrow();
  });

  it.each([
    ["bücher.example", "xn--bcher-kva.example"],
    ["Company.com", "company.com"],
    ["localhost", "two labels"],
    ["company.com.", "two labels"],
    [" company.com", "two labels"],
    ["a@company.com", "two labels"],
    ["10.0.0.1", "two labels"],
    ["-a.com", "two labels"],
    ["xn--a.example", "punycode"],
    ["posthouse.test", "operator"],
    ["other.posthouse.test", "operator"],
  ])("R-DOM-2 %j is refused: %s", (name, why) => {
    expect(() => assertName(name, "posthouse.test")).toThrow(
      expect.objectContaining({ name: "invalid_parameter", message: expect.stringContaining(why) }),
    );
  });
});

describe("R-DOM-4 addresses of their own", () => {
  const reach = { root: "posthouse.test", own: "acme.posthouse.test" };
  const texts = { bounce_alias: "bounce", catchall_alias: "catchall", default_from: "notifications" };

  it("R-DOM-4 the bounce alias is neither catchall nor default-from", () => {
    const refused = [{ catchall_alias: "BOUNCE" }, { default_from: "bounce" }, { default_from: "bounce@company.com" }];
    for (const change of refused)
      expect(() => cleanAliases(reach, "company.com", { ...texts, ...change })).toThrow(/bounce_alias/);
  });

  it("R-DOM-4 catchall may be the default-from: one mailbox", () => {
    const both = { ...texts, catchall_alias: "mail", default_from: "mail" };
    expect(cleanAliases(reach, "company.com", both)).toEqual(both);
  });

  it("R-DOM-4 the same address twice in a database is a conflict, another alias is not", () => {
    const domain = { id: "dom_1", name: "company.com", ...texts } as unknown as DomainRecord;
    const twin = { ...domain, id: "dom_2" } as DomainRecord;
    const of = (change: object) => () => assertUnique([domain], { ...twin, ...change } as DomainRecord);
    expect(of({})).toThrow(expect.objectContaining({ name: "conflict" }));
    expect(of({ bounce_alias: "errors" })).toThrow(/catchall@company\.com/);
    expect(of({ catchall_alias: "replies" })).toThrow(/bounce@company\.com/);
    expect(of({ bounce_alias: "errors", catchall_alias: "replies" })).not.toThrow();
    expect(of({ name: "other.com" })).not.toThrow();
    expect(of({ id: "dom_1" })).not.toThrow();
  });

  it("a full default-from is on no other database's default domain", () => {
    const of = (default_from: string) => () => cleanAliases(reach, "company.com", { ...texts, default_from });
    expect(of("a@other.posthouse.test")).toThrow(/operator/);
    expect(of("a@acme.posthouse.test")).not.toThrow();
    expect(of("a@brand.com")).not.toThrow();
  });
});
