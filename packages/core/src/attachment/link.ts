import { createHmac, timingSafeEqual } from "node:crypto";
import { is } from "../id.ts";

/** An attachment to be downloaded, and until when. */
export interface FileRef {
  readonly database: string;
  /** The email, or the message of a thread, that it is of. */
  readonly of: string;
  /** Its place among the attachments of that. */
  readonly n: number;
  /** Epoch seconds. */
  readonly until: number;
}

/** Of a message it has one letter more: tokens of emails are as they always were. */
const ofMessage = "m";
const shape = /^([0-9a-z]{26})\.(m?)([0-9a-z]{26})\.([0-9a-z]{1,2})\.([0-9a-z]{1,8})\.([\w-]{32})$/;

/**
 * The token of a download link (R-SRV-7): which file, until when, and 192 bits of HMAC over all of it. The same file has
 * the same token at every try, so that a retry is the same message.
 * @param key the database's own token key, base64.
 */
export function make(ref: FileRef, key: string): string {
  const { database, of, n, until } = ref;
  return [
    body(database),
    `${is("message", of) ? ofMessage : ""}${body(of)}`,
    n.toString(36),
    until.toString(36),
    sign(ref, key),
  ].join(".");
}

/** What a token names, still to be verified; undefined for what is none. */
export function parse(token: string): (FileRef & { readonly signature: string }) | undefined {
  const [, database, kind, of, n = "", until = "", signature = ""] = shape.exec(token) ?? [];
  if (database === undefined) return undefined;
  return {
    database: `db_${database}`,
    of: `${kind === ofMessage ? "msg" : "em"}_${of}`,
    n: Number.parseInt(n, 36),
    until: Number.parseInt(until, 36),
    signature,
  };
}

/** Whether it was made with the key of the database it names. */
export function verify({ signature, ...ref }: FileRef & { readonly signature: string }, key: string): boolean {
  return timingSafeEqual(Buffer.from(sign(ref, key)), Buffer.from(signature));
}

const body = (id: string): string => id.slice(id.indexOf("_") + 1);

/** The word before it keeps it apart from bounce tokens, which the same key signs. */
const sign = ({ database, of, n, until }: FileRef, key: string): string =>
  createHmac("sha256", key).update(`file:${database}:${of}:${n}:${until}`).digest("base64url").slice(0, 32);
