import { describe, expect, it } from "vitest";
import { configuration, D, domain, outcome, route, server, warnings } from "../../../../test/fixtures/routing.ts";

const none = { domains: [] };
const N = "notifications@company-name.com";
const bounce = "bounce@company-name.com";

describe("the page's scenarios, as far as routing goes", () => {
  it("R-ADDR-1 scenario 1: nothing set up, no From", () => {
    const decision = route(configuration([], none), null);
    expect(outcome(decision)).toEqual([null, `"Company" <notifications@${D}>`, `bounce@${D}`]);
    expect(decision).toMatchObject({ rule: "platform", reply_to: [`catchall@${D}`], over: "platform", warnings: [] });
    expect(decision.overridden).toBe(false);
  });

  it("R-SEL-5 scenario 2: nothing set up, a foreign From is overridden and an own one kept", () => {
    const given = configuration([], none);
    expect(route(given, "mary@customer.example.com").from).toBe(`"mary" <notifications@${D}>`);
    expect(route(given, `sales@${D}`)).toMatchObject({ from: `sales@${D}`, overridden: false, rule: "platform" });
  });

  it("R-ADDR-4 scenario 5: a verified alias domain, no server, no From", () => {
    const decision = route(configuration(), null);
    expect(decision).toMatchObject({ from_address: N, reply_to: ["catchall@company-name.com"], envelope_from: bounce });
    expect(decision.warnings).toEqual([]);
  });

  it("R-DOM-11 scenario 6: unverified, the platform uses the default domain, smtp the alias domain", () => {
    const domains = [domain("company-name.com", { verified: false })];
    const decision = route(configuration([], { domains }), null);
    expect(decision).toMatchObject({ from_address: `notifications@${D}`, envelope_from: `bounce@${D}` });
    expect(warnings(decision)).toEqual(["domain_not_verified"]);
    const external = route(configuration([server("ext", "company-name.com")], { domains }), null);
    expect(external).toMatchObject({ from_address: N, envelope_from: bounce, warnings: [] });
  });

  it("R-KIND-1 scenario 11: transactional and mass on servers of their own", () => {
    const servers = [
      server("tx", "company-name.com", { priority: 1 }),
      server("bulk", "company-name.com", { priority: 2 }),
    ];
    const given = configuration(servers, { settings: { dedicated_server: "bulk" } });
    expect(outcome(route(given, "sales@company-name.com"))).toEqual(["tx", "sales@company-name.com", bounce]);
    const mass = route(given, "sales@company-name.com", { kind: "mass" });
    expect(outcome(mass)).toEqual(["bulk", "sales@company-name.com", bounce]);
    expect(mass.rule).toBe("dedicated");
  });

  it("R-SEL-1 scenario 12: exact, domain, no filter, first", () => {
    const a = server("A", "test@example.com", { priority: 20 });
    const b = server("B", "example.com");
    const c = server("C", "other.com", { priority: 1 });
    const o = server("O", null, { priority: 5 });
    const from = "test@example.com";
    expect(outcome(route(configuration([a, b, c, o]), from)).slice(0, 2)).toEqual(["A", from]);
    expect(outcome(route(configuration([b, c, o]), from)).slice(0, 2)).toEqual(["B", from]);
    expect(outcome(route(configuration([c, o]), from)).slice(0, 2)).toEqual(["O", `"test" <${N}>`]);
    const last = route(configuration([c]), from);
    expect(outcome(last)).toEqual(["C", `"test" <${N}>`, N]);
    expect(last).toMatchObject({ rule: "first", overridden: true });
  });

  it("R-SEL-3 scenario 13: priority first, then the name", () => {
    const from = "x@foreign.com";
    expect(route(configuration([server("beta", null), server("alpha", null)]), from).server?.name).toBe("alpha");
    const sooner = [server("alpha", null), server("beta", null, { priority: 9 })];
    expect(route(configuration(sooner), from).server?.name).toBe("beta");
  });

  it("R-SEL-7 scenario 14: without a filter even the database's own domain is overridden", () => {
    const decision = route(configuration([server("open", null)]), "ceo@company-name.com");
    expect(outcome(decision)).toEqual(["open", `"ceo" <${N}>`, bounce]);
  });

  it("R-SRV-4 scenarios 15 and 16: a platform record beside an external server", () => {
    const ext = server("ext", "company-name.com", { priority: 1 });
    const given = configuration([ext, server("platform", D, { priority: 2, kind: "platform" })]);
    expect(route(given, "sales@company-name.com")).toMatchObject({ over: "smtp", from: "sales@company-name.com" });
    const admin = route(given, `admin@${D}`);
    expect(admin).toMatchObject({ over: "platform", from: `admin@${D}`, rule: "from_domain" });
    expect(outcome(route(given, "mary@customer.example.com"))).toEqual(["ext", `"mary" <${N}>`, bounce]);
  });

  it("R-DOM-8 scenario 18: the company says which alias domain applies", () => {
    const companies = [
      { id: "A", name: "A", domain_id: "company-name.com", created_at: "2026-01-01T00:00:00.000Z" },
      { id: "B", name: "B", domain_id: null, created_at: "2026-01-02T00:00:00.000Z" },
    ];
    const decision = route(configuration([], { companies }), null, { company: "B" });
    expect(decision).toMatchObject({ from: `"B" <notifications@${D}>`, reply_to: [`catchall@${D}`] });
    expect(route(configuration([], { companies }), null).from).toBe(`"A" <${N}>`);
  });

  it("R-UNIQ-2 scenario 20: a local part as default_from is the notification address only", () => {
    const domains = [domain("company-name.com", { default_from: "hello" })];
    const given = configuration([server("ext", "company-name.com")], { domains });
    expect(route(given, '"Bob" <bob@company-name.com>').from).toBe('"Bob" <bob@company-name.com>');
    expect(route(given, "x@foreign.com").from).toBe('"x" <hello@company-name.com>');
  });

  it("R-UNIQ-1 scenario 21: a full address replaces every From, forced and mass too", () => {
    const domains = [domain("company-name.com", { default_from: "hello@brand.com" })];
    const given = configuration([server("ext", "company-name.com")], {
      domains,
      settings: { dedicated_server: "ext" },
    });
    const from = '"Bob" <bob@company-name.com>';
    const expected = ["ext", '"Bob" <hello@brand.com>', bounce];
    expect(outcome(route(given, from))).toEqual(expected);
    expect(outcome(route(given, from, { server: "ext" }))).toEqual(expected);
    expect(outcome(route(given, from, { kind: "mass" }))).toEqual(expected);
  });

  it("R-SEL-5 scenario 23: without its only server the platform sends again", () => {
    expect(route(configuration(), "sales@company-name.com")).toMatchObject({ server: null, rule: "platform" });
  });
});
