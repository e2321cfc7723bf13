import { createHmac, timingSafeEqual } from "node:crypto";

/** Longest local part (RFC 5321 §4.5.3.1.1). */
const longestLocal = 64;

/**
 * The bounce address with the email's signed token, `bounce+<id>-<signature>@…` (R-REW-3): a delivery report to it
 * proves that it speaks of that email. The plain address where the local part would get too long.
 * @param key the database's own token key.
 */
export function withToken(address: string, email: string, key: string): string {
  const at = address.lastIndexOf("@");
  const local = `${address.slice(0, at)}+${body(email)}-${sign(email, key)}`;
  return local.length <= longestLocal ? local + address.slice(at) : address;
}

/**
 * The email a token names, checked against the database's key.
 * @param token what stands behind the `+` of a bounce address.
 * @returns undefined when it was not made with that key.
 */
export function verify(token: string, key: string): string | undefined {
  const [id = "", signature = ""] = token.toLowerCase().split("-");
  const email = `em_${id}`;
  const right = Buffer.from(sign(email, key));
  const given = Buffer.from(signature);
  return right.length === given.length && timingSafeEqual(right, given) ? email : undefined;
}

const body = (email: string): string => email.slice(email.indexOf("_") + 1);

/** 64 bits in hexadecimal: mail servers may change the case of a local part. */
const sign = (email: string, key: string): string =>
  createHmac("sha256", key).update(`bounce:${email}`).digest("hex").slice(0, 16);
