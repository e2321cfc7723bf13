import { describe, expect, it } from "vitest";
import { configuration, D, domain, outcome, route, server, warnings } from "../../../../test/fixtures/routing.ts";
import type { Decision, Mail, Server } from "./schema.ts";

const N = "notifications@company-name.com";

const mass = (bulk: Server, from: string | null, more: Partial<Mail> = {}): Decision => {
  const servers = [server("tx", "company-name.com", { priority: 1 }), bulk];
  const given = configuration(servers, { settings: { dedicated_server: bulk.id } });
  return route(given, from, { kind: "mass", ...more });
};

describe("the dedicated server of mass mail", () => {
  it("R-KIND-1 stays a candidate for transactional mail", () => {
    const bulk = server("bulk", "company-name.com", { priority: 0 });
    expect(mass(bulk, "news@company-name.com", { kind: "transactional" })).toMatchObject({
      rule: "from_domain",
      server: { name: "bulk" },
    });
  });

  it.each([
    ["archived", server("bulk", null, { active: false })],
    ["somebody's own", server("bulk", null, { owner: "me@company-name.com" })],
  ])("R-KIND-1 mass mail follows R-SEL where that server is %s", (_, bulk) => {
    expect(mass(bulk, "news@company-name.com")).toMatchObject({ rule: "from_domain", server: { name: "tx" } });
  });

  it("R-KIND-1 mass mail follows R-SEL where that server is gone", () => {
    const given = configuration([server("tx", "company-name.com")], { settings: { dedicated_server: "gone" } });
    expect(route(given, "news@company-name.com", { kind: "mass" }).rule).toBe("from_domain");
  });

  it("R-KIND-2 keeps a From that is covered", () => {
    const decision = mass(server("bulk", "news.com"), '"News" <a@news.com>');
    expect(outcome(decision)).toEqual(["bulk", '"News" <a@news.com>', "a@news.com"]);
    expect(warnings(decision)).toEqual(["bounces_not_received", "one_click_unsigned"]);
  });

  it("R-KIND-2 keeps From where there is no filter, with a warning", () => {
    const decision = mass(server("bulk", null), "a@news.com");
    expect(outcome(decision)).toEqual(["bulk", "a@news.com", "bounce@company-name.com"]);
    expect(warnings(decision)).toEqual(["unfiltered_server", "one_click_unsigned"]);
  });

  it("R-KIND-2 else takes the creator's address, the sender's name kept", () => {
    const decision = mass(server("bulk", "news.com"), "a@foreign.com", { creator: '"Eve" <eve@News.com>' });
    expect(decision).toMatchObject({ from: '"a" <eve@News.com>', overridden: true, envelope_from: "eve@News.com" });
  });

  it("R-KIND-2 else N if it is covered, else From after all", () => {
    const creator = "eve@elsewhere.com";
    expect(mass(server("bulk", "company-name.com"), "a@foreign.com", { creator }).from).toBe(`"a" <${N}>`);
    const kept = mass(server("bulk", "news.com"), "a@foreign.com", { creator });
    expect(kept).toMatchObject({ from: "a@foreign.com", overridden: false });
    expect(warnings(kept)).toEqual(["from_not_covered", "bounces_not_received", "one_click_unsigned"]);
  });

  it("R-KIND-2 without a From sends N, or the creator's address where only that is covered", () => {
    const creator = "eve@news.com";
    expect(mass(server("bulk", "company-name.com, news.com"), null, { creator }).from_address).toBe(N);
    expect(mass(server("bulk", "news.com"), null, { creator }).from_address).toBe(creator);
    const neither = mass(server("bulk", "elsewhere.com"), null, { creator });
    expect(neither.from_address).toBe(N);
    expect(warnings(neither)).toEqual(["from_not_covered", "bounces_not_received", "one_click_unsigned"]);
  });

  it.each([null, D])("R-SEL-9 a platform record with the filter %s never keeps a foreign From", (filter) => {
    const decision = mass(server("bulk", filter, { kind: "platform" }), "a@foreign.com");
    expect(decision).toMatchObject({ rule: "dedicated", over: "platform", from: `"a" <${N}>` });
    expect(warnings(decision)).toEqual(filter === null ? [] : ["from_not_covered"]);
  });

  it("R-SEL-9 a platform record keeps an own From that its filter leaves out", () => {
    const decision = mass(server("bulk", `x@${D}`, { kind: "platform" }), "a@company-name.com");
    expect(decision.from).toBe("a@company-name.com");
    expect(warnings(decision)).toEqual(["from_not_covered"]);
  });

  it("R-UNIQ-1 a unique address stays, covered or not", () => {
    const domains = [domain("company-name.com", { default_from: "hello@brand.com" })];
    const bulk = server("bulk", "news.com");
    const given = configuration([bulk], { domains, settings: { dedicated_server: "bulk" } });
    const decision = route(given, "a@news.com", { kind: "mass", creator: "eve@news.com" });
    expect(decision).toMatchObject({ from: '"a" <hello@brand.com>', rule: "unique_address", server: { name: "bulk" } });
  });
});
