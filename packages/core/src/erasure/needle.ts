import { normalize } from "../address/address.ts";
import * as Mailbox from "../address/mailbox.ts";
import { AppError } from "../error.ts";
import * as Id from "../id.ts";

/** The address that is erased, as it is looked for. */
export interface Needle {
  /** Normalised. */
  readonly address: string;
  /** Whether this is the address, or a mailbox of it: `"Joe" <joe@example.net>`. */
  names(text: string): boolean;
  /** Whether it stands anywhere in the text. */
  isIn(text: string): boolean;
  /** The text with asterisks in place of it, as many as it had characters: whatever counts them stays right. */
  mask(text: string): string;
}

/**
 * What stands before an address: no more of a local part, unless that is the escape of a control character in JSON, whose
 * texts are looked into as they are.
 */
const before = String.raw`(?:(?<![\w.+-])|(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{4})|(?<=%[0-9a-f]{2}))`;
/** What stands behind one: no more of a domain. */
const behind = String.raw`(?![\w-]|\.\w)`;

/**
 * Makes the needle. What is looked for in texts is the address in any case, as it stands in links too, by itself and not as
 * the end or the start of another, and the ids that are made of it.
 * @param given one bare address.
 */
export function create(given: string): Needle {
  const address = normalize(given);
  const written = [address, given.trim().toLowerCase()];
  const inLinks = written.map(encodeURIComponent);
  // Of a quoted local part the quotes are escaped, in JSON within JSON twice
  const inJson = written.map((one) => JSON.stringify(one).slice(1, -1));
  const inBoth = inJson.map((one) => JSON.stringify(one).slice(1, -1));
  const spellings = [...new Set([...written, ...inLinks, ...inJson, ...inBoth])].map(escape);
  const ids = [Id.of("suppression", address), Id.of("opt_out", address)].map(escape);
  const source = `${before}(?:${spellings.join("|")})${behind}|${ids.join("|")}`;
  return {
    address,
    names: (text) => addressIn(text) === address,
    isIn: (text) => new RegExp(source, "iu").test(text),
    mask: (text) => text.replaceAll(new RegExp(source, "giu"), (found) => "*".repeat(found.length)),
  };
}

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");

/** What is no mailbox names nobody. */
function addressIn(text: string): string {
  try {
    return normalize(Mailbox.parse(text, "").address);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return normalize(text);
  }
}

/** The same value with the address masked in every text of it, whatever it is made of; names of fields stay. */
export function masked<T>(needle: Needle, value: T): T {
  if (typeof value === "string") return needle.mask(value) as T;
  if (Array.isArray(value)) return value.map((each: unknown) => masked(needle, each)) as T;
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, masked(needle, each)])) as T;
}
