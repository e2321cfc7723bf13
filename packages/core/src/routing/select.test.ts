import { describe, expect, it } from "vitest";
import { configuration, D, domain, outcome, route, server, warnings } from "../../../../test/fixtures/routing.ts";

const N = "notifications@company-name.com";
const bounce = "bounce@company-name.com";

describe("choosing the server", () => {
  it("R-SEL-1 takes any exact match before a domain match, and the first of equals", () => {
    const servers = [
      server("domain", "company-name.com", { priority: 0 }),
      server("late", "other.com, Sales@company-name.com", { priority: 99 }),
      server("early", "sales@company-name.com", { priority: 98 }),
    ];
    expect(route(configuration(servers), "sales@Company-Name.com")).toMatchObject({
      rule: "from_address",
      server: { name: "early" },
      from: "sales@Company-Name.com",
    });
  });

  it("R-SEL-1 a platform record and an external server take turns by priority", () => {
    const platform = server("platform", "company-name.com", { kind: "platform", priority: 5 });
    for (const priority of [4, 6]) {
      const given = configuration([server("ext", "company-name.com", { priority }), platform]);
      expect(route(given, "x@company-name.com").over).toBe(priority < 5 ? "smtp" : "platform");
    }
  });

  it("R-SEL-2 asks for N only with the setting: its address, then its domain", () => {
    const servers = [
      server("open", null, { priority: 1 }),
      server("domain", "company-name.com", { priority: 2 }),
      server("exact", N, { priority: 3 }),
    ];
    const settings = { prefer_notification_server: true };
    const from = "x@foreign.com";
    expect(route(configuration(servers), from).rule).toBe("unfiltered");
    expect(route(configuration(servers, { settings }), from)).toMatchObject({
      rule: "notification_address",
      server: { name: "exact" },
      from: `"x" <${N}>`,
    });
    const fewer = route(configuration(servers.slice(0, 2), { settings }), from);
    expect(fewer).toMatchObject({ rule: "notification_domain", server: { name: "domain" } });
  });

  it("R-SEL-2 asks a platform record for the N it would send itself", () => {
    const domains = [domain("company-name.com", { verified: false })];
    const servers = [server("open", null), server("platform", D, { kind: "platform" })];
    const given = configuration(servers, { domains, settings: { prefer_notification_server: true } });
    const decision = route(given, "x@foreign.com");
    expect(decision).toMatchObject({
      rule: "notification_domain",
      over: "platform",
      from_address: `notifications@${D}`,
    });
    expect(warnings(decision)).toEqual(["domain_not_verified"]);
  });

  it("R-SEL-3 a server without a filter goes before the first server", () => {
    const servers = [server("first", "other.com", { priority: 1 }), server("open", " , ", { priority: 9 })];
    expect(route(configuration(servers), "x@foreign.com")).toMatchObject({
      rule: "unfiltered",
      server: { name: "open" },
    });
  });

  it("R-SEL-4 the first server at all sends N, though it does not cover it", () => {
    const servers = [server("b", "other.com", { priority: 2 }), server("a", "third.com", { priority: 1 })];
    const decision = route(configuration(servers), "x@foreign.com");
    expect(outcome(decision)).toEqual(["a", `"x" <${N}>`, N]);
    expect(warnings(decision)).toEqual(["bounces_not_received"]);
  });

  it("R-SEL-5 the platform keeps a From on any verified domain of the database", () => {
    const domains = [domain("company-name.com"), domain("second.com"), domain("third.com", { verified: false })];
    const given = configuration([server("off", null, { active: false })], { domains });
    expect(route(given, "x@second.com")).toMatchObject({ rule: "platform", from: "x@second.com" });
    expect(route(given, "x@third.com").from).toBe(`"x" <${N}>`);
    expect(route(given, `x@mail.${D}`).from).toBe(`"x" <${N}>`);
  });

  it("R-SEL-6 a missing From skips step 1", () => {
    const servers = [server("domain", "company-name.com", { priority: 1 }), server("open", null, { priority: 2 })];
    expect(outcome(route(configuration(servers), null))).toEqual(["open", `"Company" <${N}>`, bounce]);
  });

  it.each(["", "nobody", "a@b.com, c@d.com"])("R-SEL-6 refuses the From %j", (from) => {
    expect(() => route(configuration(), from)).toThrow(expect.objectContaining({ name: "invalid_from_address" }));
  });

  it("R-SEL-7 a platform record without a filter overrides too", () => {
    const given = configuration([server("platform", null, { kind: "platform" })]);
    expect(route(given, "ceo@company-name.com")).toMatchObject({ rule: "unfiltered", from: `"ceo" <${N}>` });
  });

  it("R-SEL-9 a platform record's filter counts only as far as its domains are verified", () => {
    const domains = [domain("company-name.com", { verified: false })];
    const servers = [server("platform", `company-name.com, ${D}`, { kind: "platform" })];
    const decision = route(configuration(servers, { domains }), "sales@company-name.com");
    expect(decision).toMatchObject({ rule: "first", over: "platform", from: `"sales" <notifications@${D}>` });
  });

  it("R-SRV-8 mail of the default domain over smtp warns, or is the platform's by the setting", () => {
    const servers = [server("open", null), server("own", "customer.com")];
    const external = route(configuration(servers, { domains: [] }), "mary@foreign.com");
    expect(external).toMatchObject({ server: { name: "open" }, from: `"mary" <notifications@${D}>` });
    expect(warnings(external)).toEqual(["default_domain_external"]);
    const settings = { default_domain_over_smtp: false };
    const given = configuration(servers, { domains: [], settings });
    expect(route(given, "mary@foreign.com")).toMatchObject({ rule: "platform", server: null, warnings: [] });
    expect(route(given, `admin@${D}`)).toMatchObject({ rule: "platform", from: `admin@${D}` });
    const kept = route(given, "mary@customer.com");
    expect(kept).toMatchObject({ server: { name: "own" }, from: "mary@customer.com" });
    expect(warnings(kept)).not.toContain("default_domain_external");
    expect(route(configuration(servers, { settings }), "mary@foreign.com").server?.name).toBe("open");
  });

  it("R-SRV-10 with custom_email_servers off the platform sends, whatever the servers", () => {
    const settings = { custom_email_servers: false, dedicated_server: "ext" };
    const servers = [
      server("ext", "company-name.com"),
      server("own", "m@company-name.com", { owner: "m@company-name.com" }),
    ];
    const given = configuration(servers, { settings });
    for (const kind of ["mass", "transactional"] as const) {
      const decision = route(given, "m@company-name.com", { kind, creator: "m@company-name.com" });
      expect(decision).toMatchObject({ rule: "platform", server: null, from: "m@company-name.com" });
    }
  });
});
