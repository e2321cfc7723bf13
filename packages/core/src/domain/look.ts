import { recordsOf } from "../dns/dmarc.ts";
import * as Spf from "../dns/spf.ts";
import { type Dns, DnsUnavailable } from "../ports/dns.ts";
import type { Ports } from "../ports/main.ts";
import type { CheckRecord } from "./check.ts";
import * as Expected from "./expected.ts";
import type { Found, Seen } from "./seen.ts";

type Looked = Pick<CheckRecord, "name" | "zone" | "mail_from" | "identity">;

/** After so long nothing more is asked, in ms: slow servers hold up neither a request nor the checks behind. */
const patience = 8_000;

/** Looks up everything that is published for a domain, all at once; what gets no answer in time is no result. */
export async function look(ports: Pick<Ports, "dns" | "clock">, check: Looked): Promise<Seen> {
  const { clock } = ports;
  const dns = impatient(ports);
  const { name, zone, mail_from } = check;
  const keys = Expected.dkim(check);
  const [ownership, dkim, mail_from_mx, mail_from_txt, spf, dmarc, mx] = await Promise.all([
    result(dns.txt(Expected.ownershipName(check))),
    Promise.all(keys.map((key) => result(dns.cname(key.name)))),
    result(dns.mx(mail_from)),
    result(dns.txt(mail_from)),
    Spf.inspect({ dns, clock }, name),
    policy(dns, name, zone),
    result(dns.mx(name)),
  ]);
  const missing = [
    ...(isNothing(ownership) ? [{ name: Expected.ownershipName(check), type: "txt" as const }] : []),
    ...keys.filter((_, n) => isNothing(dkim[n])).map((key) => ({ name: key.name, type: "cname" as const })),
    ...(isNothing(mail_from_mx) ? [{ name: mail_from, type: "mx" as const }] : []),
  ];
  const doubled = await doubledNames(dns, new Set([name, zone]), missing);
  return {
    ownership: brief(ownership, isOurs),
    dkim: dkim.map((found) => brief(found)),
    mail_from_mx: brief(mail_from_mx),
    mail_from_txt: brief(mail_from_txt, isSpf),
    spf: spf && { ...spf, records: brief(spf.records) ?? [] },
    dmarc: { ...dmarc, found: brief(dmarc.found) },
    mx: brief(mx),
    doubled,
  };
}

function impatient({ dns, clock }: Pick<Ports, "dns" | "clock">): Dns {
  const until = clock.now() + patience;
  const asking =
    <T>(ask: (name: string) => Promise<readonly T[]>) =>
    async (name: string): Promise<readonly T[]> => {
      if (clock.now() >= until) throw new DnsUnavailable("the look-ups took too long");
      return ask(name);
    };
  return {
    txt: asking((name) => dns.txt(name)),
    cname: asking((name) => dns.cname(name)),
    mx: asking((name) => dns.mx(name)),
    addresses: asking((name) => dns.addresses(name)),
  };
}

/** How much of what is published is kept: a zone may hold anything, an item may not. */
const most = { ours: 200, others: 20, letters: 2_000 };

const isOurs = (text: unknown): boolean => String(text).startsWith(Expected.ownershipPrefix);
const isSpf = (text: unknown): boolean => /^v=spf1/i.test(String(text));

/** What counts comes first and is kept in any case. */
function brief<T>(found: Found<T>, counts: (each: T) => boolean = () => false): Found<T> {
  if (found === null) return null;
  const first = found.filter(counts).slice(0, most.ours);
  const others = found.filter((each) => !counts(each)).slice(0, most.others);
  return [...first, ...others].map((each) =>
    typeof each === "string" ? (each.slice(0, most.letters) as T & string) : each,
  );
}

const isNothing = (found: Found<unknown> | undefined): boolean => found?.length === 0;

async function result<T>(answer: Promise<readonly T[]>): Promise<Found<T>> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof DnsUnavailable) return null;
    throw error;
  }
}

/** The policy of the domain, else of its organisational domain (RFC 7489 §6.6.3). */
async function policy(dns: Dns, domain: string, zone: string): Promise<Seen["dmarc"]> {
  const own = Expected.dmarcName(domain);
  const found = await result(dns.txt(own));
  const above = Expected.dmarcName(zone);
  if (found === null || recordsOf(found).length > 0 || above === own) return { at: own, found: ours(found) };
  const inherited = ours(await result(dns.txt(above)));
  return inherited?.length === 0 ? { at: own, found: [] } : { at: above, found: inherited };
}

const ours = (found: Found<string>): Found<string> => found && recordsOf(found);

/**
 * Many a registrar's form takes the name without its zone and appends it: `_posthouse.company.com` given in full is
 * then published as `_posthouse.company.com.company.com`.
 */
async function doubledNames(
  dns: Dns,
  zones: ReadonlySet<string>,
  missing: readonly { name: string; type: "txt" | "cname" | "mx" }[],
): Promise<string[]> {
  const found = await Promise.all(
    missing.map(async ({ name, type }) => {
      const answers = await Promise.all([...zones].map((zone) => result<unknown>(dns[type](`${name}.${zone}`))));
      return answers.some((answer) => (answer?.length ?? 0) > 0) ? [name] : [];
    }),
  );
  return found.flat();
}
