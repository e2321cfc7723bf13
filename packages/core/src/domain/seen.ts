import type { Mx } from "../ports/dns.ts";

/** What a look-up found: an empty list = nothing published; null = no result (SERVFAIL, time-out). */
export type Found<T> = readonly T[] | null;

/** What is published for a domain, as it was last seen. */
export interface Seen {
  /** TXT at `_posthouse.<domain>`. */
  readonly ownership: Found<string>;
  /** CNAMEs at each of the DKIM names, in the order of the tokens. */
  readonly dkim: readonly Found<string>[];
  readonly mail_from_mx: Found<Mx>;
  readonly mail_from_txt: Found<string>;
  readonly spf: SpfReport | null;
  readonly dmarc: { readonly at: string; readonly found: Found<string> };
  readonly mx: Found<Mx>;
  /** Names of ours that are published with the zone's name appended a second time. */
  readonly doubled: readonly string[];
}

/** The SPF record of a domain, with what evaluating it costs at most (RFC 7208 §4.6.4). */
export interface SpfReport {
  /** The TXT records that begin with `v=spf1`. */
  readonly records: readonly string[];
  /** Terms that query the DNS, those of includes and redirects among them. */
  readonly terms: number;
  /** Look-ups that found nothing. */
  readonly voids: number;
  /** Domains that are included, at any depth. */
  readonly includes: readonly string[];
  /** What makes the record invalid; empty = nothing. */
  readonly problems: readonly string[];
}
