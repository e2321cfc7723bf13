import { createHash, timingSafeEqual } from "node:crypto";
import type { Id } from "../id.ts";
import * as Identity from "../id.ts";
import type { Random } from "../ports/random.ts";

/** A token in its parts. */
export interface Token {
  readonly id: Id<"key">;
  readonly secret: string;
}

const pattern = /^ph_([0-9a-z]{26})_([A-Za-z0-9_-]{43})$/;

/** A new secret: 256 random bits, base64url. */
export const secret = (random: Random): string => Buffer.from(random.bytes(32)).toString("base64url");

/** The text a caller sends: `ph_<body of the key's id>_<secret>`. */
export const format = ({ id, secret }: Token): string => `ph_${id.slice("key_".length)}_${secret}`;

/** Takes a token apart; undefined when it has not the shape of one. */
export function parse(text: string): Token | undefined {
  const [, body, secret] = pattern.exec(text) ?? [];
  const id = `key_${body}`;
  return secret !== undefined && Identity.is("key", id) ? { id, secret } : undefined;
}

/** What is stored of a secret. */
export const hash = (secret: string): string => createHash("sha256").update(secret).digest("base64");

/** Whether two secrets are the same; how long it takes does not depend on where they differ. */
export function equal(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash("sha256").update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}
