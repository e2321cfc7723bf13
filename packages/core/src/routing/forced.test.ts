import { describe, expect, it } from "vitest";
import { configuration, D, domain, outcome, route, server, warnings } from "../../../../test/fixtures/routing.ts";

const me = "me@company-name.com";
const given = configuration([
  server("tx", "company-name.com"),
  server("open", null),
  server("off", null, { active: false }),
  server("platform", D, { kind: "platform" }),
  server("mine", me, { owner: me }),
]);
const refusal = (name: string): unknown => expect.objectContaining({ name });

describe("a forced server", () => {
  it.each(["transactional", "mass"] as const)("R-SEL-8 keeps From, with a warning (%s)", (kind) => {
    const covered = route(given, "sales@company-name.com", { server: "tx", kind });
    const ofKind = kind === "mass" ? ["one_click_unsigned"] : [];
    expect(covered).toMatchObject({ rule: "forced", server: { name: "tx" } });
    expect(warnings(covered)).toEqual(ofKind);
    const foreign = route(given, "x@foreign.com", { server: "tx", kind });
    expect(outcome(foreign)).toEqual(["tx", "x@foreign.com", "bounce@company-name.com"]);
    expect(warnings(foreign)).toEqual(["from_not_covered", ...ofKind]);
    const open = route(given, "x@foreign.com", { server: "open", kind });
    expect(outcome(open)).toEqual(["open", "x@foreign.com", "bounce@company-name.com"]);
    expect(warnings(open)).toEqual(["unfiltered_server", ...ofKind]);
  });

  it("R-SEL-8 goes before the dedicated server", () => {
    const settings = { dedicated_server: "open" };
    const decision = route({ ...given, settings: { ...given.settings, ...settings } }, me, {
      server: "tx",
      kind: "mass",
    });
    expect(decision).toMatchObject({ rule: "forced", server: { name: "tx" } });
  });

  it("R-SEL-8 without a From sends N", () => {
    const decision = route(given, null, { server: "open" });
    expect(decision).toMatchObject({ from_address: "notifications@company-name.com", warnings: [] });
  });

  it("R-SEL-8 refuses one that is unknown, archived or switched off", () => {
    expect(() => route(given, me, { server: "srv_none" })).toThrow(refusal("unknown_server"));
    expect(() => route(given, me, { server: "off" })).toThrow(refusal("inactive_server"));
    const settings = { ...given.settings, custom_email_servers: false };
    expect(() => route({ ...given, settings }, me, { server: "tx" })).toThrow(refusal("inactive_server"));
  });

  it("R-SEL-9 the platform never sends a foreign From", () => {
    expect(() => route(given, "x@foreign.com", { server: "platform" })).toThrow(refusal("from_not_allowed"));
    expect(() => route(given, "x@other.posthouse.test", { server: "platform" })).toThrow(refusal("from_not_allowed"));
    const own = route(given, "sales@company-name.com", { server: "platform" });
    expect(own).toMatchObject({ over: "platform", from: "sales@company-name.com" });
    expect(warnings(own)).toEqual(["from_not_covered"]);
  });

  it("R-SRV-8 keeps a From on the default domain over smtp, with the warning", () => {
    const decision = route(given, `admin@${D}`, { server: "open" });
    expect(warnings(decision)).toEqual(["unfiltered_server", "default_domain_external"]);
  });

  it("R-PERS-2 is its owner's alone, for mail from its owner", () => {
    expect(route(given, me, { server: "mine", creator: me })).toMatchObject({ rule: "forced", envelope_from: me });
    expect(() => route(given, me, { server: "mine" })).toThrow(refusal("server_not_yours"));
    expect(() => route(given, me, { server: "mine", creator: "you@company-name.com" })).toThrow(
      refusal("server_not_yours"),
    );
    expect(() => route(given, "x@foreign.com", { server: "mine", creator: me })).toThrow(refusal("from_not_allowed"));
    const settings = { ...given.settings, personal_servers: false };
    expect(() => route({ ...given, settings }, me, { server: "mine", creator: me })).toThrow(
      refusal("inactive_server"),
    );
  });

  it("R-UNIQ-1 a unique address goes out over it, and over the platform N of the default domain", () => {
    const domains = [domain("company-name.com", { default_from: "hello@brand.com" })];
    const unique = { ...given, domains: [...domains, ...given.domains.filter((each) => each.is_default)] };
    const external = route(unique, "bob@company-name.com", { server: "tx" });
    expect(external).toMatchObject({ from: '"bob" <hello@brand.com>', rule: "unique_address" });
    expect(warnings(external)).toEqual(["from_not_covered"]);
    const own = route(unique, "bob@company-name.com", { server: "platform" });
    expect(own.from).toBe(`"bob" <notifications@${D}>`);
    expect(warnings(own)).toEqual(["domain_not_verified"]);
  });
});
