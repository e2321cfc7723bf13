import { cleanName } from "../company/company.ts";
import type { Loaded } from "../configuration/load.ts";
import { missingSecrets } from "../database/delivery.ts";
import { type Aliases, assertName, cleanAliases, given } from "../domain/alias.ts";
import type { DomainRecord } from "../domain/record.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import { draft } from "../server/draft.ts";
import type { ServerRecord } from "../server/record.ts";
import { secretsOf } from "../server/secret.ts";
import { blank } from "../server/server.ts";
import type { CompanyEntry, DomainEntry, ServerEntry } from "./document.ts";

/** What entries of a document come to, by the same rules as single requests: checked, cleaned, defaults filled in. */

const defaults: Aliases = { bounce_alias: "bounce", catchall_alias: "catchall", default_from: "notifications" };

type Needs = Pick<Ports, "clock" | "random" | "operator">;

/** The fields of an alias domain that are to be. @throws AppError invalid_parameter */
export function domain(
  { operator }: Pick<Ports, "operator">,
  { version }: Pick<Loaded, "version">,
  before: DomainRecord | undefined,
  entry: DomainEntry,
): Required<DomainEntry> {
  const root = operator.root_domain;
  if (!before) assertName(entry.name, root);
  const aliases = cleanAliases({ root, own: `${version.name}.${root}` }, entry.name, {
    ...(before ?? defaults),
    ...given({ ...entry }),
  });
  const resend = { ...before?.resend, ...entry.resend };
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

/** A server that is to be, and the secrets it lacks. */
export interface DesiredServer {
  readonly record: ServerRecord;
  readonly missing: readonly string[];
}

/**
 * The server that is to be. It keeps its secrets where it is the same host, port and way of logging in; one that lacks
 * any is not active, but where no mail goes out anyway: a mail handed to it could only fail.
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
  const drafted = draft(loaded, ports.operator.root_domain, before ?? blank(ports, kind), entry);
  const same = before?.host === drafted.host && before.port === drafted.port;
  const needed = secretsOf[drafted.authentication ?? "none"];
  const kept = same ? needed.filter((name) => before.secrets_set.includes(name)) : [];
  const record = { ...drafted, secrets_set: kept.length === needed.length ? needed : [] };
  const missing = missingSecrets(record);
  const active = record.active && (missing.length === 0 || loaded.version.delivery === "capture");
  return { record: { ...record, active }, missing };
}
