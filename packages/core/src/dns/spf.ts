import type { SpfReport } from "../domain/seen.ts";
import type { Clock } from "../ports/clock.ts";
import { type Dns, DnsUnavailable } from "../ports/dns.ts";
import { parse, type Term } from "./spf-record.ts";

/** RFC 7208 §4.6.4: more terms that query, or more look-ups that find nothing, make a permanent error. */
export const limits = { terms: 10, voids: 2, exchanges: 10 } as const;

/** Where the count is broken off: it is far over the limit, and a record must not make us ask for ever. */
const most = 30;
/** Problems that are said; a record can be made of nothing else. */
const shown = 5;
/** How long it may take, in ms: servers that are slow on purpose must not hold a request. */
const patience = 6_000;

/** What is asked, and when it is broken off. */
interface Asked {
  readonly dns: Dns;
  readonly isLate: () => boolean;
}

interface Count {
  terms: number;
  voids: number;
  readonly includes: Set<string>;
  readonly problems: Set<string>;
}

/**
 * Reads the SPF record of a domain and counts what it costs whoever evaluates it to the end: each `include`, `a`, `mx`,
 * `ptr`, `exists` and `redirect`, those of included records among them (RFC 7208 §4.6.4).
 * @returns null when the DNS gave no result, or not in time.
 */
export async function inspect(
  { dns, clock }: { readonly dns: Dns; readonly clock: Pick<Clock, "now"> },
  domain: string,
): Promise<SpfReport | null> {
  const count: Count = { terms: 0, voids: 0, includes: new Set(), problems: new Set() };
  const until = clock.now() + patience;
  const asked = { dns, isLate: () => clock.now() > until };
  try {
    const records = await recordsOf(dns, domain);
    if (records.length > 1) count.problems.add(`${domain} has ${records.length} SPF records`);
    else if (records[0] !== undefined) await walk(asked, records[0], [domain], count);
    return { records, ...report(count) };
  } catch (error) {
    if (error instanceof DnsUnavailable) return null;
    throw error;
  }
}

function report({ terms, voids, includes, problems }: Count): Omit<SpfReport, "records"> {
  if (terms > limits.terms) problems.add(`it needs ${terms >= most ? "far " : ""}more than ${limits.terms} look-ups`);
  if (voids > limits.voids) problems.add(`${voids} of its look-ups find nothing, ${limits.voids} are allowed`);
  return { terms, voids, includes: [...includes], problems: [...problems].slice(0, shown) };
}

const recordsOf = async (dns: Dns, domain: string): Promise<readonly string[]> =>
  (await dns.txt(domain)).filter((text) => /^v=spf1(?: |$)/i.test(text));

/** One record; `path` is how it was reached, the domain it belongs to last. */
async function walk(asked: Asked, record: string, path: readonly string[], count: Count): Promise<void> {
  const { terms, problems } = parse(record);
  for (const problem of problems) count.problems.add(`${path.at(-1)}: ${problem}`);
  for (const term of terms) {
    if (count.terms >= most) return;
    if (asked.isLate()) throw new DnsUnavailable("the look-ups took too long");
    count.terms += 1;
    await follow(asked, term, path, count);
  }
}

async function follow(asked: Asked, term: Term, path: readonly string[], count: Count): Promise<void> {
  const domain = term.domain ?? path.at(-1) ?? "";
  // A macro depends on the mail: it counts, and there is nothing to ask for
  if (domain.includes("%") || term.name === "ptr") return;
  if (term.name === "include" || term.name === "redirect") return enter(asked, term.name, domain, path, count);
  if (term.name === "mx") return exchanges(asked.dns, domain, count);
  if ((await asked.dns.addresses(domain)).length === 0) count.voids += 1;
}

async function enter(asked: Asked, name: string, domain: string, path: readonly string[], count: Count): Promise<void> {
  if (name === "include") count.includes.add(domain);
  if (path.includes(domain)) {
    count.problems.add(`${domain} includes itself`);
    return;
  }
  const texts = await asked.dns.txt(domain);
  if (texts.length === 0) count.voids += 1;
  const records = texts.filter((text) => /^v=spf1(?: |$)/i.test(text));
  if (records.length === 1 && records[0] !== undefined) return walk(asked, records[0], [...path, domain], count);
  count.problems.add(
    `${domain}, which it names by ${name}, has ${records.length === 0 ? "no" : "several"} SPF record(s)`,
  );
}

async function exchanges(dns: Dns, domain: string, count: Count): Promise<void> {
  const found = await dns.mx(domain);
  if (found.length === 0) count.voids += 1;
  if (found.length > limits.exchanges) count.problems.add(`${domain} has more than ${limits.exchanges} MX records`);
}
