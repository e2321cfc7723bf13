import { describe, expect, it } from "vitest";
import { configuration, D, domain, route, server, warnings } from "../../../../test/fixtures/routing.ts";
import type { AliasDomain, Configuration, Server } from "./schema.ts";

const unique = (address: string, servers: Server[] = [], more: AliasDomain[] = []): Configuration =>
  configuration(servers, { domains: [domain("company-name.com", { default_from: address }), ...more] });

describe("one address for all mail", () => {
  it("R-UNIQ-1 chooses the server for that address, not for From", () => {
    const servers = [server("from", "company-name.com", { priority: 1 }), server("brand", "brand.com")];
    const decision = route(unique("hello@brand.com", servers), '"Bob" <bob@company-name.com>');
    expect(decision).toMatchObject({ server: { name: "brand" }, from: '"Bob" <hello@brand.com>', overridden: true });
    expect(decision.rule).toBe("unique_address");
  });

  it("R-UNIQ-1 the mode fallback keeps a From that a filter matches", () => {
    const given = unique("hello@brand.com", [server("from", "company-name.com")]);
    const settings = { ...given.settings, unique_address_mode: "fallback" as const };
    const decision = route({ ...given, settings }, "bob@company-name.com");
    expect(decision).toMatchObject({ from: "bob@company-name.com", rule: "from_domain" });
    expect(route({ ...given, settings }, "x@foreign.com").from).toBe('"x" <hello@brand.com>');
  });

  it("R-UNIQ-1 a From that already is that address stays as it is", () => {
    const decision = route(unique("hello@brand.com", [server("open", null)]), "Hi <Hello@brand.com>");
    expect(decision).toMatchObject({ from: "Hi <Hello@brand.com>", overridden: false, rule: "unique_address" });
  });

  it("R-UNIQ-1 goes out over the platform from a verified domain", () => {
    const given = unique("hello@brand.com", [], [domain("brand.com")]);
    const decision = route(given, "bob@company-name.com");
    expect(decision).toMatchObject({ from: '"bob" <hello@brand.com>', envelope_from: "bounce@company-name.com" });
    expect(decision.warnings).toEqual([]);
  });

  it("R-DOM-11 on a domain the platform may not use, N, bounce and catchall are the default domain's", () => {
    const decision = route(unique("hello@brand.com"), "bob@company-name.com");
    expect(decision).toMatchObject({
      from: `"bob" <notifications@${D}>`,
      envelope_from: `bounce@${D}`,
      reply_to: [`catchall@${D}`],
      message_id_domain: D,
      rule: "unique_address",
    });
    expect(warnings(decision)).toEqual(["domain_not_verified"]);
    expect(decision.warnings[0]?.message).toContain("brand.com is not verified");
  });

  it("R-DOM-11 in the mode fallback an own From over the platform keeps its alias domain", () => {
    const given = unique("hello@brand.com");
    const settings = { ...given.settings, unique_address_mode: "fallback" as const };
    const decision = route({ ...given, settings }, "bob@company-name.com");
    expect(decision).toMatchObject({ from: "bob@company-name.com", envelope_from: "bounce@company-name.com" });
    expect(decision.warnings).toEqual([]);
  });
});
