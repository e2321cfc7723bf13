import * as Address from "../address/address.ts";
import * as Domain from "../address/domain.ts";
import { AppError } from "../error.ts";

/** A FROM filter made ready for matching; no filter at all is null. */
export interface Filter {
  /** As `Address.normalize` gives them. */
  addresses: ReadonlySet<string>;
  /** Lower-case A-labels. */
  domains: ReadonlySet<string>;
}

/**
 * Reads a stored FROM filter (R-SEL-6): split on commas, trimmed, lower-case, domains as A-labels; with `@` a full
 * address, without it a domain. Blanks and commas only are no filter: null. Never throws; a part that is neither
 * matches nothing.
 */
export function parseFilter(text: string | null): Filter | null {
  const parts = split(text);
  if (parts.length === 0) return null;
  return {
    addresses: new Set(parts.filter((part) => part.includes("@")).map(Address.normalize)),
    domains: new Set(parts.filter((part) => !part.includes("@")).map((part) => Domain.toAscii(part) ?? part)),
  };
}

/**
 * Whether a filter covers a normalized address: the whole address or its domain, no wildcard, no parent and no
 * sub-domain, a plus-tag counts (R-SEL-6). No filter covers all.
 */
export function covers(filter: Filter | null, address: string): boolean {
  return filter === null || filter.addresses.has(address) || filter.domains.has(Address.domainOf(address));
}

/**
 * Checks a FROM filter at write and gives it in its stored form: parts lower-case, domains as A-labels, doubles
 * left out, joined by `, `; null for blanks and commas (R-SRV-3). An `smtp` server cannot name the operator's root
 * domain or anything on it (R-SRV-8), a `platform` record only `ownDomains`: the default domain and the verified
 * alias domains (R-SRV-4).
 * @throws AppError `invalid_from_filter`
 */
export function cleanFilter(
  text: string | null,
  rootDomain: string,
  kind: "smtp" | "platform",
  ownDomains: readonly string[],
): string | null {
  const parts = new Set(split(text).map(cleanPart));
  for (const part of parts) {
    const domain = Address.domainOf(part);
    if (kind === "smtp" && Domain.isWithin(domain, rootDomain.toLowerCase())) {
      throw refusal(part, `is on ${rootDomain}, which only the platform may send for: name a domain of your own`);
    }
    if (kind === "platform" && !ownDomains.includes(domain)) {
      throw refusal(part, `is not on a domain the platform may send for: ${ownDomains.join(", ")}`);
    }
  }
  return parts.size === 0 ? null : [...parts].join(", ");
}

function split(text: string | null): string[] {
  return (text ?? "")
    .split(",")
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== "");
}

function cleanPart(part: string): string {
  if (part.includes("*")) throw refusal(part, "holds a wildcard: name each domain or address");
  if (part.startsWith("@")) throw refusal(part, "begins with @: write the domain alone");
  if (/\s/.test(part)) throw refusal(part, "holds a blank: separate domains and addresses by commas");
  if (part.includes("@")) {
    const address = Address.read(part);
    if ("reason" in address) throw refusal(part, address.reason);
    return Address.normalize(part);
  }
  const domain = Domain.toAscii(part);
  if (domain === null) throw refusal(part, "is neither a domain of at least two labels nor an address");
  return domain;
}

function refusal(part: string, why: string): AppError {
  const shown = JSON.stringify(part.slice(0, 100));
  return new AppError("invalid_from_filter", `The part ${shown} of from_filter ${why}.`, { details: { part } });
}
