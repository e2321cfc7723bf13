import { domainToASCII } from "node:url";

/** One label by the letters-digits-hyphen rule (RFC 5321 §4.1.2, RFC 1035 §2.3.1), lower-case, 1–63 octets. */
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * A domain as lower-case A-labels (RFC 5890), or null when it is none: at least two labels, the last not a number
 * (that would be an IPv4 address), at most 253 octets, no trailing dot, no domain literal.
 * `MAIL.Éxample.com` → `mail.xn--xample-9ua.com`.
 */
export function toAscii(domain: string): string | null {
  // The URL parser behind `domainToASCII` drops tabs and line breaks without a word
  if (/[\p{Cc}\s]/u.test(domain)) return null;
  const ascii = isAscii(domain) ? domain.toLowerCase() : domainToASCII(domain);
  if (ascii.length > 253) return null;
  const labels = ascii.split(".");
  if (labels.length < 2 || !labels.every((part) => label.test(part))) return null;
  return /^[0-9]+$/.test(labels.at(-1) ?? "") ? null : ascii;
}

/** Whether a domain is the parent itself or below it; both as {@link toAscii} gives them. */
export function isWithin(domain: string, parent: string): boolean {
  return domain === parent || domain.endsWith(`.${parent}`);
}

/** Whether a text is printable ASCII throughout, the blank included. */
export function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}
