import { createHash, timingSafeEqual } from "node:crypto";
import type { Id } from "../id.ts";
import * as Identity from "../id.ts";
import type { Random } from "../ports/random.ts";

/** Whose keys there are: a database's, and the operator's. */
export type KeyNoun = "key" | "operator_key";

/** A token in its parts. */
export interface Token<N extends KeyNoun = "key"> {
  readonly id: Id<N>;
  readonly secret: string;
}

const patterns = {
  key: /^ph_([0-9a-z]{26})_([A-Za-z0-9_-]{43})$/,
  operator_key: /^ph_op_([0-9a-z]{26})_([A-Za-z0-9_-]{43})$/,
} as const;
const prefixes = { key: ["ph_", "key_"], operator_key: ["ph_op_", "opk_"] } as const;

/** A new secret: 256 random bits, base64url. */
export const secret = (random: Random): string => Buffer.from(random.bytes(32)).toString("base64url");

/** The text a caller sends: `ph_<body of the key's id>_<secret>`, the operator `ph_op_…`. */
export function format<N extends KeyNoun>(noun: N, { id, secret }: Token<N>): string {
  const [text, own] = prefixes[noun];
  return `${text}${id.slice(own.length)}_${secret}`;
}

/** Takes a token apart; undefined when it has not the shape of one of that kind. */
export function parse<N extends KeyNoun>(noun: N, text: string): Token<N> | undefined {
  const [, body, secret] = patterns[noun].exec(text) ?? [];
  const id = `${prefixes[noun][1]}${body}`;
  return secret !== undefined && Identity.is(noun, id) ? { id, secret } : undefined;
}

/** What is stored of a secret. */
export const hash = (secret: string): string => createHash("sha256").update(secret).digest("base64");

/** Whether two secrets are the same; how long it takes does not depend on where they differ. */
export function equal(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash("sha256").update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}
