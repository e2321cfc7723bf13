import { describe, expect, it } from "vitest";
import { configuration, D, domain, route, server, warnings } from "../../../../test/fixtures/routing.ts";
import type { Decision, Server } from "./schema.ts";

const bounce = "bounce@company-name.com";
const from = "sales@company-name.com";

const over = (each: Server, mx_at_us = true): Decision =>
  route(configuration([each], { domains: [domain("company-name.com", { mx_at_us })] }), from);

describe("the envelope sender over smtp", () => {
  it("R-REW-3 is the bounce address if the filter covers it, with a token where that finds its way", () => {
    const decision = over(server("ext", "company-name.com"));
    expect(decision).toMatchObject({ envelope_from: bounce, envelope_token: true, warnings: [] });
    expect(over(server("ext", null))).toMatchObject({ envelope_from: bounce, envelope_token: true });
  });

  it("R-REW-3 has no token without our MX, without a filter for the domain, or where it is off", () => {
    expect(over(server("ext", "company-name.com"), false).envelope_token).toBe(false);
    expect(over(server("ext", `${from}, ${bounce}`))).toMatchObject({ envelope_from: bounce, envelope_token: false });
    expect(over(server("ext", null, { bounce_token: false })).envelope_token).toBe(false);
  });

  it("R-REW-3 is else the address in the final From, with a warning", () => {
    const kept = over(server("ext", from));
    expect(kept).toMatchObject({ envelope_from: from, envelope_token: false });
    expect(warnings(kept)).toEqual(["bounces_not_received"]);
    expect(over(server("ext", "other.com")).envelope_from).toBe("notifications@company-name.com");
  });
});

describe("the envelope sender over the platform", () => {
  const servers = [server("platform", `${D}, ${from}`, { kind: "platform" })];
  const domains = [domain("company-name.com", { mx_at_us: true })];

  it("R-REW-3 over SES is the bounce address without a token, whatever the filter", () => {
    for (const list of [[], servers]) {
      const decision = route(configuration(list, { domains }), from);
      expect(decision).toMatchObject({ over: "platform", envelope_from: bounce, envelope_token: false, warnings: [] });
    }
  });

  it("R-REW-3 a plain relay follows the smtp rule", () => {
    const relay = { domains, platform: "smtp" as const };
    expect(route(configuration([], relay), from)).toMatchObject({ envelope_from: bounce, envelope_token: true });
    const record = route(configuration(servers, relay), from);
    expect(record).toMatchObject({ over: "platform", envelope_from: from, envelope_token: false });
    expect(warnings(record)).toEqual(["bounces_not_received"]);
    const open = [server("platform", null, { kind: "platform", bounce_token: false })];
    expect(route(configuration(open, relay), from)).toMatchObject({ envelope_from: bounce, envelope_token: false });
  });
});
