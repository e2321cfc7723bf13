import type { Clock } from "./ports/clock.ts";
import type { Random } from "./ports/random.ts";

/** The one table of id prefixes. */
const prefixes = {
  database: "db",
  company: "co",
  domain: "dom",
  server: "srv",
  key: "key",
  operator_key: "opk",
  audit: "aud",
  email: "em",
  batch: "bat",
} as const;

export type Noun = keyof typeof prefixes;

/** An id of one kind of thing, e.g. `em_01k…`; two kinds are never mixed up. */
export type Id<N extends Noun> = `${(typeof prefixes)[N]}_${string}`;

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * A new id: prefix, 48 bits of time and 80 of randomness in Crockford's base 32, so that ids sort by the time they
 * were made.
 */
export function make<N extends Noun>(noun: N, from: { clock: Pick<Clock, "now">; random: Random }): Id<N> {
  const time = BigInt(from.clock.now());
  let noise = 0n;
  for (const byte of from.random.bytes(10)) noise = (noise << 8n) | BigInt(byte);
  let bits = (time << 80n) | noise;
  let body = "";
  for (let n = 0; n < 26; n++) {
    body = alphabet.charAt(Number(bits & 31n)) + body;
    bits >>= 5n;
  }
  return `${prefixes[noun]}_${body}` as Id<N>;
}

/** Whether the text has the shape of an id of that kind. Says nothing on whether such a thing exists. */
export function is<N extends Noun>(noun: N, text: string): text is Id<N> {
  return new RegExp(`^${prefixes[noun]}_[0-9a-hjkmnp-tv-z]{26}$`).test(text);
}

/** When an id was made, in milliseconds. */
export function timeOf(id: string): number {
  const body = id.slice(id.indexOf("_") + 1, id.indexOf("_") + 11);
  let time = 0;
  for (const letter of body) time = time * 32 + alphabet.indexOf(letter);
  return time;
}
