import * as Domain from "./domain.ts";

/** An addr-spec (RFC 5322 §3.4.1) in its two parts. */
export interface Address {
  /** As written, its quotes included where it has any: `"john doe"`. */
  local: string;
  /** Lower-case A-labels. */
  domain: string;
  /** As written; only a domain outside ASCII is turned into A-labels. */
  address: string;
}

/** RFC 5322 §3.2.3 dot-atom-text. */
const dotAtom = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;

/**
 * RFC 5321 §4.1.2 Quoted-string, but without blanks, angle brackets and escapes: no SMTP client we know of and no SES
 * carries those, and one such recipient would cost the others theirs.
 */
const quotedString = /^"[\x21\x23-\x3b\x3d\x3f-\x5b\x5d-\x7e]+"$/;

/**
 * Reads an addr-spec strictly: a dot-atom or quoted local part of at most 64 octets, a domain of at least two
 * labels, 254 octets in all (RFC 5321 §4.5.3.1). The reason when it is none, for an error message.
 */
export function read(text: string): Address | { reason: string } {
  const at = text.lastIndexOf("@");
  if (at < 0) return { reason: "has no @" };
  const local = text.slice(0, at);
  if (!Domain.isAscii(local)) {
    return { reason: "has a local part outside ASCII, which SES and many servers cannot carry (no SMTPUTF8)" };
  }
  if (local.length > 64) return { reason: "has a local part of more than 64 characters" };
  if (!dotAtom.test(local) && !quotedString.test(local)) return { reason: "has no valid local part before the @" };
  const written = text.slice(at + 1);
  const domain = Domain.toAscii(written);
  if (domain === null) return { reason: "has no valid domain of at least two labels after the @" };
  if (local.length + 1 + domain.length > 254) return { reason: "is longer than 254 characters" };
  return { local, domain, address: `${local}@${Domain.isAscii(written) ? written : domain}` };
}

/** Whether a text is one address and nothing else: no display name, no blanks. */
export function isAddress(text: string): boolean {
  return !("reason" in read(text));
}

/**
 * An address for comparing (R-SEL-6): trimmed, lower-case in both parts (deliberately the local part too), the
 * domain in A-labels. What is no address is only trimmed and lower-cased: it equals no valid one.
 */
export function normalize(text: string): string {
  const address = read(text.trim());
  return "reason" in address ? text.trim().toLowerCase() : `${address.local.toLowerCase()}@${address.domain}`;
}

/** The domain of an address as {@link normalize} gives it. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1);
}

/** What a local part says, its quotes and escapes taken away: `"john \"doe\""` → `john "doe"`. */
export function unquote(local: string): string {
  return local.startsWith('"') ? local.slice(1, -1).replace(/\\(.)/g, "$1") : local;
}
