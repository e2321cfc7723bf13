import { domainToASCII } from "node:url";

/**
 * One label, lower-case, 1–63 octets: letters, digits, hyphens (RFC 1035 §2.3.1), and the underscore that mail sees
 * in names of departments (RFC 5322 dot-atom).
 */
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** Host names have no underscore, nor has a domain that mail is received on. */
const hostLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * A domain as lower-case A-labels (RFC 5890), or null when it is none: at least two labels, the last not a number
 * (that would be an IPv4 address), at most 253 octets, no trailing dot, no domain literal.
 * `MAIL.Éxample.com` → `mail.xn--xample-9ua.com`.
 */
export function toAscii(domain: string): string | null {
  // The URL parser behind `domainToASCII` ends a host at a slash, decodes a percent sign, and drops line breaks
  if (/[^A-Za-z0-9._-]/.test(domain.replace(/[^\p{ASCII}]/gu, ""))) return null;
  const ascii = isAscii(domain) ? domain.toLowerCase() : domainToASCII(domain);
  if (ascii.length > 253) return null;
  const labels = ascii.split(".");
  if (labels.length < 2 || !labels.every((part) => label.test(part))) return null;
  const last = labels.at(-1) ?? "";
  return /^[0-9]+$/.test(last) || !hostLabel.test(last) ? null : ascii;
}

/** Whether a domain, as {@link toAscii} gives it, may be a host's or receive mail (RFC 5321 §2.3.5). */
export function isHost(domain: string): boolean {
  return domain.split(".").every((part) => hostLabel.test(part));
}

/** Whether a domain is the parent itself or below it; both as {@link toAscii} gives them. */
export function isWithin(domain: string, parent: string): boolean {
  return domain === parent || domain.endsWith(`.${parent}`);
}

/** Whether a text is printable ASCII throughout, the blank included. */
export function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}
