import * as Token from "../address/token.ts";
import { type Id, is } from "../id.ts";

/** What an answer may lead back to: an email, or a message of a thread. */
export type Answerable = Id<"email"> | Id<"message">;

/**
 * The reply token of an address (R-IN-1, R-REW-4): `support+<id>-<signature>@…` names the email or message that an
 * answer belongs to. The plain address where the local part would get too long. A bounce token is no reply token.
 * @param key the database's own token key.
 */
export const withToken = (address: string, id: Answerable, key: string): string => Token.add("reply", address, id, key);

/**
 * The email or message that the token of an address names, checked against the database's key. In any case, for mail
 * servers may change that.
 * @param address that a mail came in by.
 * @returns undefined where it has no token, or one that was not made with that key and for answers.
 */
export function verify(address: string, key: string): Answerable | undefined {
  const [body, signature] = Token.of(address).toLowerCase().split("-");
  if (body === undefined || signature === undefined) return undefined;
  const ids = [`em_${body}`, `msg_${body}`];
  return ids.filter(isAnswerable).find((id) => Token.isSigned("reply", id, signature, key));
}

/** Whether an address has what may be a reply token: only then is the database's key worth reading. */
export const isTokened = (address: string): boolean => Token.of(address) !== "";

/** Whether an id is of something that can be answered. */
export const isAnswerable = (id: string): id is Answerable => is("email", id) || is("message", id);
