import { createHmac, timingSafeEqual } from "node:crypto";

/** What a token proves; one of one kind is none of another. */
export type Purpose = "bounce" | "reply";

/** Longest local part (RFC 5321 §4.5.3.1.1). */
const longestLocal = 64;

/**
 * An address with a signed token behind a plus, `bounce+<id>-<signature>@…`. The plain address where the local part
 * would get too long.
 * @param id of a thing of the database's, with its prefix. @param key the database's own token key.
 */
export function add(purpose: Purpose, address: string, id: string, key: string): string {
  const at = address.lastIndexOf("@");
  const local = `${address.slice(0, at)}+${id.slice(id.indexOf("_") + 1)}-${sign(purpose, id, key)}`;
  return local.length <= longestLocal ? local + address.slice(at) : address;
}

/** What stands behind the last `+` of a local part, where it looks like a token; else the empty text. */
export const of = (address: string): string => /\+([0-9a-z]+-[0-9a-z]+)@[^@]*$/i.exec(address)?.[1] ?? "";

/**
 * Whether a token names that thing for that purpose. The time it takes says nothing of the right signature.
 * @param signature as it stands there, in any case.
 */
export function isSigned(purpose: Purpose, id: string, signature: string, key: string): boolean {
  const right = Buffer.from(sign(purpose, id, key));
  const given = Buffer.from(signature.toLowerCase());
  return right.length === given.length && timingSafeEqual(right, given);
}

/** 64 bits in hexadecimal: mail servers may change the case of a local part. */
const sign = (purpose: Purpose, id: string, key: string): string =>
  createHmac("sha256", key).update(`${purpose}:${id}`).digest("hex").slice(0, 16);
