import { all as allAliases } from "../alias/find.ts";
import type { AcceptFrom, AliasRecord } from "../alias/record.ts";
import { type Loaded, load } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import type { Aliases } from "../domain/alias.ts";
import type { Ports } from "../ports/main.ts";
import type { ServerInput } from "../server/input.ts";
import type { ServerSecrets } from "../server/record.ts";
import type { SettingsRecord } from "../settings/record.ts";
import { byReference, referenceOf } from "./reference.ts";

/** A company; its alias domain by reference, null = the default domain. */
export interface CompanyEntry {
  readonly name: string;
  readonly domain?: string | null | undefined;
}

/** A routing alias; its alias domain by reference, null = the default domain. */
export interface AliasEntry {
  readonly name: string;
  readonly domain?: string | null | undefined;
  readonly model: string;
  readonly record_id?: string | null | undefined;
  readonly accept_from?: AcceptFrom | undefined;
  readonly refusal?: string | null | undefined;
}

/** Aliases of a domain that are given; those that are not stay, or are the usual ones. */
export type AliasesEntry = { readonly [Name in keyof Aliases]?: string | undefined };

/** An alias domain of the database's own. */
export interface DomainEntry extends AliasesEntry {
  readonly name: string;
  readonly priority?: number | undefined;
  /** Fields of the Resend API, kept as they are. */
  readonly resend?: Readonly<Record<string, unknown>> | undefined;
}

/** A server without its secrets. */
export interface ServerEntry extends Omit<ServerInput, keyof ServerSecrets | "name" | "replacement"> {
  readonly name: string;
  readonly kind?: "smtp" | "platform" | undefined;
}

/** Settings; the dedicated server by reference. */
export type SettingsEntry = {
  readonly [Name in keyof Omit<SettingsRecord, "revision">]?: SettingsRecord[Name] | undefined;
};

/**
 * The configuration of a database as text: names in place of ids, no secrets, in an order that stays. What is not
 * there at all is not spoken of.
 */
export interface Document {
  /** The aliases of the domain made with the database. */
  readonly default_domain?: AliasesEntry | undefined;
  readonly domains?: readonly DomainEntry[] | undefined;
  readonly companies?: readonly CompanyEntry[] | undefined;
  readonly servers?: readonly ServerEntry[] | undefined;
  readonly settings?: SettingsEntry | undefined;
  /** Routing aliases; they are known by their addresses. */
  readonly aliases?: readonly AliasEntry[] | undefined;
}

/** A configuration with the routing aliases, which are no part of what routing of mail that goes out reads. */
export interface State extends Loaded {
  readonly aliases: readonly AliasRecord[];
}

/** A document that speaks of everything. */
export type Whole = { readonly [Name in keyof Document]-?: NonNullable<Document[Name]> };

/** Reads the configuration of a database, all of it. */
export async function read(ports: Pick<Ports, "store" | "operator">, version: Version): Promise<Whole> {
  return documentOf(await readState(ports, version));
}

/** Reads all that a document speaks of. */
export async function readState(ports: Pick<Ports, "store" | "operator">, version: Version): Promise<State> {
  const [loaded, aliases] = await Promise.all([load(ports, version), allAliases(ports, version.id)]);
  return { ...loaded, aliases };
}

/** The configuration as a document. */
export function documentOf({ version, domains, companies, servers, settings, aliases }: State): Whole {
  const own = byReference(domains.filter(({ is_default }) => !is_default));
  const fallback = domains.find(({ is_default }) => is_default);
  const { revision: _revision, custom_email_servers, dedicated_server, ...rest } = settings;
  return {
    default_domain: fallback ? aliasesOf(fallback) : {},
    domains: [...own.values()].map(({ name, priority, resend, ...domain }) => ({
      name,
      priority,
      ...aliasesOf(domain),
      resend,
    })),
    companies: [...byReference(companies).values()].map(({ name, domain_id }) => ({
      name,
      domain: referenceOf(own, domain_id),
    })),
    servers: [...byReference(servers).values()].map(
      ({ id: _id, created_at: _at, secrets_set: _set, ...server }) => server,
    ),
    settings: {
      ...rest,
      dedicated_server: referenceOf(byReference(servers), dedicated_server),
      // Where the operator forbids them, what the database would have is not known here (R-SRV-10)
      ...(version.custom_email_servers && { custom_email_servers }),
    },
    aliases: aliases.map(({ name, domain_id, model, record_id, accept_from, refusal }) => ({
      name,
      domain: referenceOf(own, domain_id),
      model,
      record_id,
      accept_from,
      refusal,
    })),
  };
}

const aliasesOf = ({ bounce_alias, catchall_alias, default_from }: Aliases): Aliases => ({
  bounce_alias,
  catchall_alias,
  default_from,
});
