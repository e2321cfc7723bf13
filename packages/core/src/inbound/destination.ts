import { createHash } from "node:crypto";
import { domainOf } from "../address/address.ts";

/** One place that a mail is for. */
export interface Destination {
  /** The first address of the database's that it was sent to. */
  readonly recipient: string;
  /**
   * What makes it the same when it comes again (R-IN): the recipient of the envelope, and the address that was forwarded to
   * it. One address may be forwarded to several, each for a purpose of its own.
   */
  readonly key: string;
  /** The recipient of the envelope. */
  readonly envelope: string;
  /** All it is known by, plus tags included, surest first: old addresses count (R-IN-8). */
  readonly addresses: readonly string[];
  /** Where forwarding may have lost the old address: those on domains of the database's own that To and Cc name. */
  readonly named: readonly string[];
}

/** What the header says of whom a mail was for, normalised. */
export interface Traces {
  /** Old addresses, the first hop's first. */
  readonly forwarded: readonly string[];
  /** To and Cc. */
  readonly addressed: readonly string[];
}

/** The domains of a database. */
export interface Names {
  /** `<database>.<root domain>`. */
  readonly fallback: string;
  /** All others that are, or were, its own. */
  readonly own: ReadonlySet<string>;
}

/** Addresses of To and Cc that are looked up: of more, nobody can say whom it was for. */
const mostNamed = 50;

/**
 * The places a mail is for. One that came to an address on the default domain was forwarded there where its header names
 * an address on a domain of the database's own: then it is for that one, unless the envelope has that one too. Whoever
 * forwards hands each recipient over by itself; of several on the default domain nobody can say whose the old address was.
 * To and Cc say it where no forwarder does, and where they do not name the recipient itself.
 * @param recipients of the envelope, those of the database, each once
 */
export function destinations(
  recipients: readonly string[],
  { forwarded, addressed }: Traces,
  { fallback, own }: Names,
): Destination[] {
  const [here, ...others] = recipients.filter((recipient) => domainOf(recipient) === fallback);
  const isElsewhere = (address: string) => own.has(domainOf(address));
  const old = forwarded.filter(isElsewhere);
  const isLost = old.length === 0 && here !== undefined && !addressed.includes(here);
  const all = isLost ? addressed.filter(isElsewhere) : [];
  const named = all.length > mostNamed ? [] : all;
  const isExplicit = [...old, ...named].some((address) => recipients.includes(address));
  return recipients.map((envelope): Destination => {
    const plain = { recipient: envelope, key: envelope, envelope, addresses: [envelope], named: [] };
    if (envelope !== here || others.length > 0 || isExplicit) return plain;
    const [first] = old;
    if (first === undefined) return { ...plain, named };
    const key = `${envelope}<${createHash("sha256").update(first).digest("hex").slice(0, 32)}`;
    return { recipient: first, key, envelope, addresses: [...new Set([...old, envelope])], named: [] };
  });
}

/** Plus signs of a local part that may begin a tag: no address of ours has more. */
const mostTags = 5;

/**
 * What an address may mean, longest first: `answers+crm+token@…` comes through the mailbox `answers+crm@…` where there is
 * one, else through `answers@…`. An alias of a domain may have a plus sign of its own.
 */
export function meanings(address: string): string[] {
  const at = address.lastIndexOf("@");
  const parts = address.slice(0, at).split("+");
  const shortest = Math.max(1, parts.length - mostTags);
  const lengths = Array.from({ length: parts.length - shortest + 1 }, (_, n) => parts.length - n);
  const all = lengths.map((length) => parts.slice(0, length).join("+") + address.slice(at));
  return [...new Set([...all, withoutTag(address)])];
}

/** Subaddressing (RFC 5233): `bounce+token@…` comes through the mailbox `bounce@…`. */
export function withoutTag(address: string): string {
  const at = address.lastIndexOf("@");
  return address.slice(0, at).replace(/\+.*$/s, "") + address.slice(at);
}
