import { domainToUnicode } from "node:url";
import * as Domain from "../address/domain.ts";
import { AppError } from "../error.ts";
import { cleanAlias } from "./clean.ts";
import type { DomainRecord } from "./record.ts";

/** The aliases of an alias domain: bounce, catchall and default-from. */
export interface Aliases {
  readonly bounce_alias: string;
  readonly catchall_alias: string;
  readonly default_from: string;
}

/** An address has 254 octets at most, 64 of them before the @ (RFC 5321 §4.5.3.1). */
const longest = 189;

/** What of the operator's root domain a database may use. */
export interface Reach {
  readonly root: string;
  /** The database's own default domain. */
  readonly own: string;
}

/**
 * Checks the name of an alias domain (R-DOM-2): lower-case A-labels with at least one dot, never corrected here; the
 * error has the spelling that would be right. Nothing on the operator's root domain.
 * @throws AppError invalid_parameter
 */
export function assertName(name: string, rootDomain: string): void {
  const ascii = Domain.toAscii(name);
  if (ascii === null || !Domain.isHost(ascii))
    throw refusal("name", "is no mail domain of at least two labels, such as company.com");
  if (ascii !== name) throw refusal("name", `is to be given as A-labels in lower case: ${JSON.stringify(ascii)}`);
  if (/(?:^|\.)xn--/.test(domainToUnicode(name)))
    throw refusal("name", "has a label that begins with xn-- and is no valid punycode");
  if (name.length > longest)
    throw refusal("name", `is longer than ${longest} characters, which leaves no room for addresses on it`);
  if (Domain.isWithin(name, rootDomain))
    throw refusal("name", `is on ${rootDomain}, which is the operator's: name a domain of your own`);
}

/**
 * Checks that a name is no public suffix, such as `co.uk`. The list of those is large and seldom needed, so it is
 * loaded here.
 * @returns the organisational domain of the name.
 * @throws AppError invalid_parameter
 */
export async function assertOwnable(name: string): Promise<string> {
  const { isPublicSuffix, organisational } = await import("../dns/organisation.ts");
  if (isPublicSuffix(name)) throw refusal("name", "is a public suffix, below which others register their domains");
  return organisational(name);
}

/**
 * Cleans the three aliases of a domain and checks them against each other: delivery errors have an address of their
 * own, so the bounce alias is neither the catchall nor the default-from (R-DOM-4). A full address as default-from is
 * on no other database's default domain.
 * @throws AppError invalid_parameter
 */
export function cleanAliases({ root, own }: Reach, name: string, texts: Aliases): Aliases {
  const bounce_alias = cleanAlias("bounce_alias", texts.bounce_alias);
  const catchall_alias = cleanAlias("catchall_alias", texts.catchall_alias);
  const default_from = cleanAlias("default_from", texts.default_from);
  if (bounce_alias === catchall_alias)
    throw refusal("bounce_alias", "is the catchall alias too: bounces and replies need an address each");
  if (default_from === bounce_alias || default_from === `${bounce_alias}@${name}`)
    throw refusal("bounce_alias", "is the default-from too: bounces need an address of their own");
  const [, domain = own] = default_from.split("@");
  if (domain !== own && Domain.isWithin(domain, root))
    throw refusal("default_from", `is on ${root}, which is the operator's: use a domain of your own`);
  return { bounce_alias, catchall_alias, default_from };
}

/**
 * Checks that no two domains of a database have the same bounce or the same catchall address (R-DOM-4).
 * @throws AppError conflict
 */
export function assertUnique(domains: readonly DomainRecord[], domain: DomainRecord): void {
  const { id, name, bounce_alias, catchall_alias } = domain;
  for (const other of domains) {
    if (other.id === id || other.name !== name) continue;
    if (other.bounce_alias === bounce_alias) throw taken(`${bounce_alias}@${name}`);
    if (other.catchall_alias === catchall_alias) throw taken(`${catchall_alias}@${name}`);
  }
}

/** The aliases that a request gives; those that it does not are left out. */
export const given = ({
  bounce_alias,
  catchall_alias,
  default_from,
}: { [A in keyof Aliases]?: string | undefined }): Partial<Aliases> => ({
  ...(bounce_alias === undefined ? {} : { bounce_alias }),
  ...(catchall_alias === undefined ? {} : { catchall_alias }),
  ...(default_from === undefined ? {} : { default_from }),
});

const taken = (address: string): AppError =>
  new AppError("conflict", `The database has the address ${address} already: give the domain other aliases.`);

const refusal = (field: string, why: string): AppError =>
  new AppError("invalid_parameter", `${field} ${why}.`, { details: { field } });
