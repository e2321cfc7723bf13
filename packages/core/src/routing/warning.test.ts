import { describe, expect, it } from "vitest";
import { configuration, route, server, warnings } from "../../../../test/fixtures/routing.ts";
import type { Configuration } from "./schema.ts";

const news = "news@company-name.com";
const overSes = configuration();
const overRelay = configuration([], { platform: "smtp" });
const overSmtp = configuration([server("own", "company-name.com")]);

describe("R-KIND-3 one_click_unsigned", () => {
  it.each([
    ["a server of the database's own, whose DKIM nobody tells us of", overSmtp],
    ["a plain relay as the platform", overRelay],
  ])("warns of mass mail over %s", (_, given) => {
    expect(warnings(route(given, news, { kind: "mass" }))).toEqual(["one_click_unsigned"]);
  });

  it("of mail without a link over SES too, and over SMTP of one that leads to this machine alone", () => {
    const told = (given: Configuration) => route(given, news, { kind: "mass" }).warnings.map(({ message }) => message);
    expect(told({ ...overSes, links: "nobody" })).toEqual([expect.stringMatching(/^It has no List-Unsubscribe/)]);
    expect(told({ ...overSmtp, links: "nobody" })).toEqual([expect.stringMatching(/^It has no List-Unsubscribe/)]);
    expect(told({ ...overSmtp, links: "machine" })).toEqual([expect.stringMatching(/leads to this machine/)]);
    expect(told({ ...overSes, links: "machine" })).toEqual([]);
    expect(route({ ...overSes, links: "nobody" }, news, { kind: "mass", list_unsubscribe: false }).warnings).toEqual(
      [],
    );
  });

  it("not over SES, which signs the fields, nor over a platform record", () => {
    const record = configuration([server("platform", "company-name.com", { kind: "platform" })]);
    for (const given of [overSes, record]) expect(warnings(route(given, news, { kind: "mass" }))).toEqual([]);
  });

  it("not of mail without the fields: transactional, or with list_unsubscribe: false", () => {
    expect(warnings(route(overSmtp, news, { kind: "transactional" }))).toEqual([]);
    expect(warnings(route(overSmtp, news, { kind: "mass", list_unsubscribe: false }))).toEqual([]);
  });
});
