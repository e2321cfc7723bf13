import { describe, expect, it } from "vitest";
import { configuration, D, domain, route, server, warnings } from "../../../../test/fixtures/routing.ts";
import type { Settings } from "./schema.ts";

const me = "Me@company-name.com";
const servers = [server("pub", "company-name.com"), server("mine", me, { owner: me, priority: 99 })];
const given = configuration(servers);

describe("personal servers", () => {
  it("R-PERS-2 go before the public ones for mail made by and from the owner", () => {
    const decision = route(given, '"Me" <me@company-name.com>', { creator: "ME@company-name.com" });
    expect(decision).toMatchObject({ rule: "personal", server: { name: "mine" }, from: '"Me" <me@company-name.com>' });
  });

  it("R-PERS-4 have the owner's address as envelope, which the answer says", () => {
    const wide = [server("mine", null, { owner: me })];
    const decision = route(configuration(wide), "me@company-name.com", { creator: me });
    expect(decision).toMatchObject({ envelope_from: "me@company-name.com", envelope_token: false });
    expect(warnings(decision)).toEqual(["bounces_not_received"]);
    expect(decision.warnings[0]?.message).toContain("the owner's mailbox, me@company-name.com");
  });

  it("R-PERS-2 are never a fallback, nor another's", () => {
    const only = configuration([server("mine", me, { owner: me })]);
    expect(route(only, me)).toMatchObject({ rule: "platform", server: null });
    expect(route(only, "you@company-name.com", { creator: me }).server).toBeNull();
    expect(route(given, me, { creator: "you@company-name.com" }).server?.name).toBe("pub");
  });

  it.each([{ personal_servers: false }, { bot_address: "me@company-name.com" }, { admin_address: me }])(
    "R-PERS-1 are not used with %j",
    (settings: Partial<Settings>) => {
      const decision = route(configuration(servers, { settings }), me, { creator: me });
      expect(decision).toMatchObject({ rule: "from_domain", server: { name: "pub" } });
    },
  );

  it.each(["notifications@company-name.com", `admin@${D}`, `odoobot@${D}`])("R-PERS-1 are never of %s", (owner) => {
    const decision = route(configuration([server("x", owner, { owner })]), owner, { creator: owner });
    expect(decision.rule).toBe("platform");
  });

  it("R-PERS-2 do not see mail whose From a unique address replaces", () => {
    const domains = [domain("company-name.com", { default_from: "hello@company-name.com" })];
    const decision = route(configuration(servers, { domains }), me, { creator: me });
    expect(decision).toMatchObject({ rule: "unique_address", server: { name: "pub" } });
  });

  it("R-PERS-2 a creator that is no address is refused", () => {
    expect(() => route(given, me, { creator: "nobody" })).toThrow(/^creator /);
  });
});
