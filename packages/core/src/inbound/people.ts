import * as Address from "../address/address.ts";
import { mask } from "../address/mask.ts";
import * as Word from "../address/word.ts";
import * as Comment from "../mime/read/comment.ts";
import type { Author } from "../thread/record.ts";

/** Of a field no more than this is looked at, in characters, and no more mailboxes are taken. */
const longest = 100_000;
const most = 500;
/** Longest name that is kept, in characters. */
const longestName = 200;

/**
 * The mailboxes of an address field (RFC 5322 §3.4) that somebody else wrote: groups are taken apart, what is no
 * address is left out, names are plain Unicode without quotes of any kind. Takes time in proportion to the field.
 * @returns addresses normalised, each once.
 */
export function mailboxes(value: string): Author[] {
  const text = value.slice(0, longest);
  const masked = mask(text);
  // A quote or comment left open must not swallow the rest of the field
  const plain = masked === null ? text.replace(/["()\\]/g, " ") : text;
  const found = new Map<string, Author>();
  for (const [start, end] of parts(masked ?? plain)) {
    const one = mailbox(plain.slice(start, end), (masked ?? plain).slice(start, end));
    if (one && !found.has(one.address)) found.set(one.address, one);
    if (found.size === most) break;
  }
  return [...found.values()];
}

/** Where the members of a list stand, by their first and last character. */
function* parts(shape: string): Generator<[number, number]> {
  let start = 0;
  for (let at = 0; at <= shape.length; at++) {
    const letter = shape[at];
    if (letter !== undefined && letter !== "," && letter !== ";") continue;
    if (at > start) yield [start, at];
    start = at + 1;
  }
}

/** @param shape the same with quoted strings and comments made harmless. */
function mailbox(text: string, shape: string): Author | null {
  const open = shape.lastIndexOf("<");
  // What stands before is the name of a group, or what is left of a route (RFC 5322 §4.4)
  const from = shape.slice(0, open < 0 ? shape.length : open).lastIndexOf(":") + 1;
  const close = shape.indexOf(">", open);
  const spec = open < 0 ? Comment.remove(text.slice(from)) : text.slice(open + 1, close < 0 ? undefined : close);
  const address = Address.read(squeeze(spec.slice(spec.lastIndexOf(":") + 1)));
  if ("reason" in address) return null;
  // The oldest form has the name in a comment: `mary@example.com (Mary)`
  const written = open < 0 ? (/\(([^()]*)\)/.exec(text)?.[1] ?? "") : Comment.remove(text.slice(from, open));
  return { name: nameOf(written), address: `${address.local.toLowerCase()}@${address.domain}` };
}

/** Blanks between the parts of an address are none of it (RFC 5322 §4.4); those within quotes are. */
const squeeze = (spec: string): string =>
  spec
    .split('"')
    .map((piece, n) => (n % 2 === 0 ? piece.replace(/\s+/g, "") : piece))
    .join('"');

/** A name without what some programs put around it: `"Mary"`, `“Mary”`, `'Mary'`. */
function nameOf(written: string): string | null {
  const trimmed = written.slice(0, 4 * longestName).trim();
  const bare = /^".*"$/s.test(trimmed) ? trimmed.slice(1, -1).replace(/\\(.)/gs, "$1") : trimmed;
  const text = Word.decode(bare)
    .replace(/\p{Cc}+/gu, " ")
    .trim();
  const name = (/^["'“”„‟«»‘’‚](.+)["'“”„‟«»‘’‚]$/s.exec(text)?.[1] ?? text).trim();
  return name === "" ? null : name.slice(0, longestName).toWellFormed();
}
