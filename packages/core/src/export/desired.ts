import * as Address from "../address/address.ts";
import { isWithin } from "../address/domain.ts";
import { cleanName } from "../company/company.ts";
import type { Loaded } from "../configuration/load.ts";
import { missingSecrets } from "../database/delivery.ts";
import { type Aliases, assertName, cleanAliases, given } from "../domain/alias.ts";
import { merge } from "../domain/domain.ts";
import type { DomainRecord } from "../domain/record.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import { parseFilter } from "../routing/filter.ts";
import { draft, platformDomains } from "../server/draft.ts";
import type { ServerRecord } from "../server/record.ts";
import { moved, secretsOf } from "../server/secret.ts";
import { blank } from "../server/server.ts";
import type { CompanyEntry, DomainEntry, ServerEntry } from "./document.ts";

/** What entries of a document come to, by the same rules as single requests: checked, cleaned, defaults filled in. */

const defaults: Aliases = { bounce_alias: "bounce", catchall_alias: "catchall", default_from: "notifications" };

type Needs = Pick<Ports, "clock" | "random" | "operator">;

/** The fields of an alias domain that a document speaks of. */
export type DomainFields = Pick<DomainRecord, "name" | "priority" | "resend"> & Aliases;

/** The fields of an alias domain that are to be. @throws AppError invalid_parameter */
export function domain(
  { operator }: Pick<Ports, "operator">,
  { version }: Pick<Loaded, "version">,
  before: DomainRecord | undefined,
  entry: DomainEntry,
): DomainFields {
  const root = operator.root_domain;
  if (!before) assertName(entry.name, root);
  const aliases = cleanAliases({ root, own: `${version.name}.${root}` }, entry.name, {
    ...(before ?? defaults),
    ...given({ ...entry }),
  });
  const resend = before ? merge(before.resend, entry.resend) : (entry.resend ?? {});
  return { name: entry.name, priority: entry.priority ?? before?.priority ?? 10, ...aliases, resend };
}

/** The fields of a company that are to be. @throws AppError invalid_parameter for a domain that is not in the document. */
export function company(entry: CompanyEntry, domains: ReadonlySet<string>): Required<CompanyEntry> {
  const { domain = null } = entry;
  if (domain !== null && !domains.has(domain))
    throw new AppError("invalid_parameter", "domain names none of the domains: give its name, or null.", {
      details: { field: "domain" },
    });
  return { name: cleanName(entry.name), domain };
}

/** A server that is to be, and what keeps it from being active. */
export interface DesiredServer {
  readonly record: ServerRecord;
  /** The secrets it lacks. */
  readonly missing: readonly string[];
  /** The domains in a platform record's filter that are not verified here, where they keep it from being active. */
  readonly unverified: readonly string[];
  /** Whether it cannot be active yet, and the entry does not say that it is not to be. */
  readonly waits: boolean;
}

/** The servers of a document with their references, in its order. */
export type Servers = readonly (readonly [string, DesiredServer])[];

/**
 * The server that is to be. It keeps its secrets where they would go nowhere else, nor less safely (G6); one that lacks
 * any is not active, but where no mail goes out anyway: a mail handed to it could only fail. Nor does a platform record
 * become active whose filter names a domain that the platform may not (yet) send for (R-SRV-4).
 * @throws AppError as a single request does.
 */
export function server(
  ports: Needs,
  loaded: Loaded,
  before: ServerRecord | undefined,
  { kind = "smtp", ...entry }: ServerEntry,
): DesiredServer {
  if (before && before.kind !== kind)
    throw new AppError("invalid_parameter", "kind of a server does not change: give it another name.", {
      details: { field: "kind" },
    });
  const start = before ?? blank(ports, kind);
  const root = ports.operator.root_domain;
  const own = platformDomains(loaded);
  const text = entry.from_filter === undefined ? start.from_filter : entry.from_filter;
  const unproven =
    kind === "platform" ? named(text).filter((name) => !own.includes(name) && !isWithin(name, root)) : [];
  const drafted = draft(loaded, root, start, entry, [...own, ...unproven]);
  const needed = secretsOf[drafted.authentication ?? "none"];
  const kept = before && !moved(before, drafted) ? needed.filter((name) => before.secrets_set.includes(name)) : [];
  const record = { ...drafted, secrets_set: kept.length === needed.length ? needed : [] };
  const missing = missingSecrets(record);
  const login = missing.length === 0 || loaded.version.delivery === "capture";
  const stays = before?.active === true && before.from_filter === record.from_filter;
  const unverified = stays ? [] : [...new Set(unproven)];
  const able = login && unverified.length === 0;
  const waits = !able && entry.active !== false;
  return { record: { ...record, active: record.active && able }, missing, unverified: waits ? unverified : [], waits };
}

/** The domains that a FROM filter names, by themselves or in an address. */
function named(text: string | null): string[] {
  const filter = parseFilter(text);
  return filter ? [...filter.domains, ...[...filter.addresses].map(Address.domainOf)] : [];
}
