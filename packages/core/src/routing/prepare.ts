import * as Addresses from "./addresses.ts";
import * as Filter from "./filter.ts";
import * as Order from "./order.ts";
import * as Personal from "./personal.ts";
import type { AliasDomain, Company, Configuration, Server } from "./schema.ts";

/** A server made ready for routing. */
export interface Candidate {
  server: Server;
  /** Place in routing order, from 0. */
  rank: number;
  /** What R-SEL matches; null = no filter. A platform record's holds only what the platform may send for (R-SEL-9). */
  filter: Filter.Filter | null;
  /** What it may send for when From is kept on it unmatched; null = anything. */
  reach: Filter.Filter | null;
}

/** The first server of each kind for one key: N depends on the kind (R-DOM-11), so step 2 asks for one kind. */
export type First = { [kind in Server["kind"]]?: Candidate };

/** A configuration made ready: every question a decision asks is one look-up. Never changed once made. */
export interface Prepared {
  configuration: Configuration;
  /** All servers, inactive and personal ones too, in routing order; for the explanation only. */
  order: readonly Candidate[];
  byId: ReadonlyMap<string, Candidate>;
  byAddress: ReadonlyMap<string, First>;
  byDomain: ReadonlyMap<string, First>;
  unfiltered: Candidate | null;
  first: Candidate | null;
  dedicated: Candidate | null;
  /** Personal servers in use, by owner. */
  personal: ReadonlyMap<string, Candidate>;
  /** What the platform may send for: the default domain and the verified alias domains (R-SEL-5). */
  platform: Filter.Filter;
  placements: ReadonlyMap<string, Addresses.Placement>;
  fallback: AliasDomain;
  companies: ReadonlyMap<string, Company>;
  firstCompany: Company | null;
}

/**
 * Makes a configuration ready for `decide`, once per version of it: sorts, reads the filters, and maps addresses and
 * domains to the first server of each. With `custom_email_servers` off no server takes part (R-SRV-10).
 * @throws Error when there is no default domain, which no database is without
 */
export function prepare(configuration: Configuration): Prepared {
  const { domains, companies } = configuration;
  const fallback = domains.find((domain) => domain.is_default);
  if (fallback === undefined) throw new Error(`database ${configuration.database} has no default domain`);
  const usable = new Set(domains.filter((domain) => domain.is_default || domain.verified).map(({ name }) => name));
  const platform: Filter.Filter = { addresses: new Set(), domains: usable };
  const order = Order.sort(configuration.servers).map((server, rank) => candidate(server, rank, platform));
  const sorted = [...companies].sort(Order.byCreation);
  return {
    configuration,
    order,
    byId: new Map(order.map((entry) => [entry.server.id, entry])),
    ...takingPart(configuration, order),
    platform,
    placements: new Map(domains.map((domain) => [domain.id, Addresses.place(domain, fallback, usable)])),
    fallback,
    companies: new Map(companies.map((company) => [company.id, company])),
    firstCompany: sorted[0] ?? null,
  };
}

function candidate(server: Server, rank: number, platform: Filter.Filter): Candidate {
  const filter = Filter.parseFilter(server.from_filter);
  if (server.kind === "smtp") return { server, rank, filter, reach: filter };
  const own = filter && {
    addresses: new Set([...filter.addresses].filter((address) => Filter.covers(platform, address))),
    domains: new Set([...filter.domains].filter((domain) => platform.domains.has(domain))),
  };
  return { server, rank, filter: own, reach: own ?? platform };
}

type TakingPart = Pick<Prepared, "byAddress" | "byDomain" | "unfiltered" | "first" | "dedicated" | "personal">;

function takingPart(configuration: Configuration, order: readonly Candidate[]): TakingPart {
  const { settings } = configuration;
  const active = settings.custom_email_servers ? order.filter(({ server }) => server.active) : [];
  const open = active.filter(({ server }) => server.owner === null);
  return {
    byAddress: firsts(open, (filter) => filter.addresses),
    byDomain: firsts(open, (filter) => filter.domains),
    unfiltered: open.find(({ filter }) => filter === null) ?? null,
    first: open[0] ?? null,
    dedicated: open.find(({ server }) => server.id === settings.dedicated_server) ?? null,
    personal: settings.personal_servers ? Personal.byOwner(configuration, active) : new Map<string, Candidate>(),
  };
}

function firsts(open: readonly Candidate[], keys: (filter: Filter.Filter) => Iterable<string>): Map<string, First> {
  const map = new Map<string, First>();
  for (const entry of open) {
    for (const key of entry.filter === null ? [] : keys(entry.filter)) {
      const first = map.get(key) ?? {};
      first[entry.server.kind] ??= entry;
      map.set(key, first);
    }
  }
  return map;
}
