/** A term of an SPF record that queries the DNS. */
export interface Term {
  readonly name: "include" | "a" | "mx" | "ptr" | "exists" | "redirect";
  /** Lower-case; absent = the domain the record belongs to. */
  readonly domain?: string;
}

/** What of an SPF record counts, in its order, and what is no SPF. */
export interface SpfRecord {
  readonly terms: readonly Term[];
  readonly problems: readonly string[];
}

const querying = new Set(["include", "a", "mx", "ptr", "exists", "redirect"]);
/** Those that are nothing without a domain. */
const needing = new Set(["include", "exists", "redirect"]);
const harmless = /^(?:[+?~-]?(?:all|ip4:[0-9./]+|ip6:[0-9a-f:./]+)|exp=\S+|[a-z][\w.-]*=\S*)$/;

/** Reads a record (RFC 7208 §4.6, §5, §6). `redirect` does not count where there is an `all` (§6.1). */
export function parse(record: string): SpfRecord {
  const parts = record.toLowerCase().split(/ +/).slice(1).filter(Boolean);
  const hasAll = parts.some((part) => /^[+?~-]?all$/.test(part));
  const terms: Term[] = [];
  const problems: string[] = [];
  for (const part of parts) {
    const term = read(part);
    if (term === undefined) {
      if (!harmless.test(part)) problems.push(`"${part.slice(0, 100)}" is no SPF term`);
    } else if (needing.has(term.name) && term.domain === undefined) problems.push(`"${part}" names no domain`);
    else if (term.domain !== undefined && !isName(term.domain))
      problems.push(`"${part.slice(0, 100)}" names what can be no domain: change it, or take it out`);
    else if (term.name !== "redirect" || !hasAll) terms.push(term);
  }
  return { terms, problems };
}

function read(part: string): Term | undefined {
  const redirect = /^redirect=(\S*)$/.exec(part);
  if (redirect) return { name: "redirect", ...named(redirect[1]) };
  const [, name, domain] = /^[+?~-]?([a-z0-9]+)(?::([^/]*))?(?:\/\d+)?(?:\/\/\d+)?$/.exec(part) ?? [];
  if (name === undefined || !querying.has(name) || name === "redirect") return undefined;
  return { name: name as Term["name"], ...named(domain) };
}

/** What can be asked for in the DNS (RFC 1035 §2.3.4); what a macro makes of it is known with the mail only. */
const isName = (domain: string): boolean =>
  domain.includes("%") ||
  (domain.length <= 253 && domain.split(".").every((label) => /^[a-z0-9_*/-]{1,63}$/.test(label)));

const named = (domain: string | undefined): { domain?: string } =>
  domain === undefined || domain === "" ? {} : { domain: domain.replace(/\.$/, "") };
