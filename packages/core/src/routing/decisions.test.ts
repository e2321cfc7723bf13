import { describe, expect, it } from "vitest";
import cases from "../../../../test/fixtures/decisions.json" with { type: "json" };
import { configuration, domain, outcome, route, server } from "../../../../test/fixtures/routing.ts";
import type { Decision, Server, Settings } from "./schema.ts";

type Case = (typeof cases)[number];

const modes = {
  documented: {},
  odoo: { prefer_notification_server: true, unique_address_mode: "fallback" },
} as const satisfies Record<string, Partial<Settings>>;

function decide({ given, when }: Case, settings: Partial<Settings>): Decision {
  const alias = given.alias_domain;
  const platform = given.servers.find((each) => "auth" in each);
  const domains = [
    domain(alias.name, {
      default_from: alias.default_from,
      bounce_alias: alias.bounce,
      catchall_alias: alias.catchall,
    }),
    domain(platform?.from_filter ?? "case.posthouse.test", { is_default: true }),
  ];
  const all = { domains, settings: { personal_servers: given.personal_servers, ...settings } };
  return route(configuration(given.servers.map(read), all), when.from, {
    kind: when.kind === "mass" ? "mass" : "transactional",
    ...("creator" in when ? { creator: when.creator } : {}),
    ...("forced_server" in when ? { server: when.forced_server } : {}),
  });
}

function read(each: Case["given"]["servers"][number], index: number): Server {
  return server(each.name, each.from_filter, {
    priority: each.sequence,
    active: each.active,
    kind: "auth" in each ? "platform" : "smtp",
    owner: "owner" in each ? (each.owner ?? null) : null,
    created_at: new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString(),
  });
}

describe.each(["documented", "odoo"] as const)("the worked cases, %s", (mode) => {
  it.each(cases.map((each) => [each.id, each] as const))("%s", (_, each) => {
    const expected = each[mode];
    const decision = decide(each, modes[mode]);
    expect(outcome(decision)).toEqual([expected.server, expected.header_from, expected.envelope_from]);
    if ("rule" in expected) expect(decision.rule).toBe(expected.rule);
  });
});
