import * as Token from "../address/token.ts";

/**
 * The bounce address with the email's signed token, `bounce+<id>-<signature>@…` (R-REW-3): a delivery report to it
 * proves that it speaks of that email. The plain address where the local part would get too long.
 * @param key the database's own token key.
 */
export const withToken = (address: string, email: string, key: string): string =>
  Token.add("bounce", address, email, key);

/**
 * The email a token names, checked against the database's key.
 * @param token what stands behind the `+` of a bounce address.
 * @returns undefined when it was not made with that key.
 */
export function verify(token: string, key: string): string | undefined {
  const [id = "", signature = ""] = token.toLowerCase().split("-");
  const email = `em_${id}`;
  return Token.isSigned("bounce", email, signature, key) ? email : undefined;
}
