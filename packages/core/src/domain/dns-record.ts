import type { CheckRecord, DomainStatus } from "./check.ts";
import type { Found } from "./seen.ts";

/** A DNS record to publish, as the Resend API shows it, with what was found and what to do about it. */
export interface DnsRecord {
  readonly record: "Ownership" | "DKIM" | "SPF" | "DMARC" | "Receiving";
  /** The whole name. */
  readonly name: string;
  /** The name within its zone, as most registrars' forms want it; `@` = the zone itself. */
  readonly host: string;
  readonly type: "TXT" | "CNAME" | "MX";
  readonly value: string;
  readonly priority?: number;
  readonly ttl: "Auto";
  readonly status: DomainStatus;
  /** Whether the domain counts as verified only with it; all else is advice. */
  readonly required: boolean;
  /** What is published there now. */
  readonly found: readonly string[];
  /** What to do, or to know; null = nothing. */
  readonly advice: string | null;
}

/** What a look-up says of a record. */
export interface Verdict {
  readonly status: DomainStatus;
  readonly advice: string | null;
  readonly found?: readonly string[];
}

type Shown = Pick<DnsRecord, "record" | "name" | "type" | "value" | "required"> & { readonly priority?: number };

/** Makes a record of what is to be published and what was found. */
export const show = ({ zone }: Pick<CheckRecord, "zone">, record: Shown, verdict: Verdict): DnsRecord => ({
  ...record,
  host: within(zone, record.name),
  ttl: "Auto",
  status: verdict.status,
  found: verdict.found ?? [],
  advice: verdict.advice,
});

const within = (zone: string, name: string): string => (name === zone ? "@" : name.slice(0, -zone.length - 1));

/**
 * What is right, missing or wrong at a name: nothing looked up yet, no answer, nothing there, or what `wrong` says of
 * what is there.
 */
export function judge(
  { zone, seen }: Pick<CheckRecord, "zone" | "seen">,
  { name, type }: Pick<Shown, "name" | "type">,
  found: Found<string> | undefined,
  wrong: (found: readonly string[]) => string | null,
): Verdict {
  if (found === undefined) return { status: "not_started", advice: null };
  if (found === null)
    return {
      status: "temporary_failure",
      advice: "The DNS gave no answer, which says nothing on the record. It is asked again.",
    };
  if (found.length > 0) {
    const advice = wrong(found);
    return { status: advice === null ? "verified" : "failed", advice, found };
  }
  if (seen?.doubled.includes(name)) return { status: "failed", advice: appended(zone, name), found };
  return { status: "pending", advice: `Nothing is there yet: publish this ${type} record.`, found };
}

const appended = (zone: string, name: string): string =>
  `It is published with the zone's name twice, as ${name}.${zone}: your registrar appends it. Give the name ${within(zone, name)} instead.`;
