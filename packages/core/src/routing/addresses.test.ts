import { describe, expect, it } from "vitest";
import { configuration, D, domain, route, server, warnings } from "../../../../test/fixtures/routing.ts";
import { prepare } from "./prepare.ts";
import type { Company } from "./schema.ts";

const company = (id: string, domain_id: string | null, created_at: string): Company => ({
  id,
  name: id,
  domain_id,
  created_at: `${created_at}T00:00:00.000Z`,
});

describe("the alias domain that applies", () => {
  const companies = [company("late", "second.com", "2026-02-02"), company("early", "first.com", "2026-01-01")];
  const given = configuration([], { domains: [domain("first.com"), domain("second.com")], companies });

  it("R-DOM-8 is that of the company, else of the first company", () => {
    expect(route(given, null, { company: "late" }).domain.name).toBe("second.com");
    expect(route(given, null).domain.name).toBe("first.com");
  });

  it("R-DOM-8 is the default domain for a company without one, or whose domain is gone", () => {
    for (const domain_id of [null, "gone"]) {
      const decision = route({ ...given, companies: [company("x", domain_id, "2026-01-01")] }, null);
      expect(decision).toMatchObject({ message_id_domain: D, from_address: `notifications@${D}` });
    }
    expect(route({ ...given, companies: [] }, null).from).toBe(`notifications@${D}`);
  });

  it("R-DOM-8 an unknown company is refused", () => {
    expect(() => route(given, null, { company: "co_none" })).toThrow(
      expect.objectContaining({ name: "invalid_parameter" }),
    );
  });
});

describe("the addresses of an alias domain by what carries the mail", () => {
  const unverified = { domains: [domain("company-name.com", { verified: false })] };

  it("R-DOM-11 over the platform an unverified domain gives way in all of them, even with From kept", () => {
    const decision = route(configuration([], unverified), `admin@${D}`);
    expect(decision).toMatchObject({
      from: `admin@${D}`,
      envelope_from: `bounce@${D}`,
      reply_to: [`catchall@${D}`],
      message_id_domain: D,
    });
    expect(warnings(decision)).toEqual(["domain_not_verified"]);
  });

  it("R-DOM-11 overrides a From on a domain that is not verified yet", () => {
    expect(route(configuration([], unverified), "sales@company-name.com").from).toBe(`"sales" <notifications@${D}>`);
  });

  it("R-DOM-11 over smtp the alias domain counts at once", () => {
    const decision = route(configuration([server("ext", "company-name.com")], unverified), "x@foreign.com");
    expect(decision).toMatchObject({
      from: '"x" <notifications@company-name.com>',
      message_id_domain: "company-name.com",
    });
    expect(decision.warnings).toEqual([]);
  });

  it("R-DOM-11 N is never refused, be the default domain's own on a domain the platform may not use", () => {
    const domains = [domain(D, { is_default: true, default_from: "hello@brand.com" })];
    const decision = route(configuration([], { domains }), "x@foreign.com");
    expect(decision.from).toBe(`"x" <notifications@${D}>`);
    expect(warnings(decision)).toEqual(["domain_not_verified"]);
  });

  it("a database without a default domain is no database", () => {
    expect(() => prepare({ ...configuration(), domains: [domain("company-name.com")] })).toThrow("no default domain");
  });
});
