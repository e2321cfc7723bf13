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
  webhook: "wh",
  delivery: "dlv",
  received: "rcv",
  erasure: "era",
  suppression: "sup",
  opt_out: "opt",
  probe: "prb",
  alias: "al",
  thread: "thr",
  message: "msg",
  inbox: "inb",
  incoming_server: "inc",
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

/**
 * The id of what there is once for a text of at most 254 octets, e.g. of an address on a list: the text in Crockford's
 * base 32, so that whoever adds it gets the same id, and ids sort as the texts do. It holds the text: as personal as that.
 */
export function of<N extends Noun>(noun: N, text: string): Id<N> {
  let [body, bits, held] = ["", 0, 0];
  for (const byte of Buffer.from(text)) {
    bits = ((bits << 8) | byte) & 0xfff;
    for (held += 8; held >= 5; held -= 5) body += alphabet.charAt((bits >> (held - 5)) & 31);
  }
  if (held > 0) body += alphabet.charAt((bits << (5 - held)) & 31);
  return `${prefixes[noun]}_${body}` as Id<N>;
}

/** The text an id was made {@link of}; undefined when it is no such id. */
export function textOf(noun: Noun, id: string): string | undefined {
  if (!id.startsWith(`${prefixes[noun]}_`)) return undefined;
  const bytes: number[] = [];
  let [bits, held] = [0, 0];
  for (const letter of id.slice(prefixes[noun].length + 1)) {
    bits = ((bits << 5) | alphabet.indexOf(letter)) & 0xfff;
    held += 5;
    if (held >= 8) bytes.push((bits >> (held -= 8)) & 255);
  }
  const text = Buffer.from(bytes).toString();
  return of(noun, text) === id ? text : undefined;
}

/** When an id was made, in milliseconds. */
export function timeOf(id: string): number {
  const body = id.slice(id.indexOf("_") + 1, id.indexOf("_") + 11);
  let time = 0;
  for (const letter of body) time = time * 32 + alphabet.indexOf(letter);
  return time;
}
