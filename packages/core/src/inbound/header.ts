import * as Word from "../address/word.ts";

/** A field of a header as it stands there. */
export interface Field {
  /** Lower-case. */
  readonly name: string;
  /** Unfolded (RFC 5322 §2.2.3) and trimmed. */
  readonly value: string;
}

/** A mail taken apart at its first empty line. */
export interface Parts {
  readonly header: Buffer;
  readonly body: Buffer;
}

/**
 * Takes a mail apart, whatever it is: lines may end with CRLF or LF, and without an empty line all of it is the header.
 * Nothing is refused and nothing copied: somebody else made the mail, and it is to be taken as it is.
 */
export function split(raw: Uint8Array): Parts {
  const mail = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const empty = /^\r?\n/.exec(mail.toString("latin1", 0, 2))?.[0];
  if (empty !== undefined) return { header: mail.subarray(0, 0), body: mail.subarray(empty.length) };
  const ends = ["\n\r\n", "\n\n"]
    .map((end) => ({ at: mail.indexOf(end), length: end.length }))
    .filter(({ at }) => at >= 0);
  const first = ends.toSorted((a, b) => a.at - b.at)[0];
  if (first === undefined) return { header: mail, body: mail.subarray(mail.length) };
  return { header: mail.subarray(0, first.at + 1), body: mail.subarray(first.at + first.length) };
}

/** More of a header than this is not looked at, in octets. */
const most = 10 * 1024 * 1024;
/** Of one field so many characters are read: no list of addresses or ids is as long. */
const longestField = 1_048_576;
/** Of the fields of one wanted name so many are kept. */
const mostOfName = 100;

/**
 * The fields of a header in their order; lines that begin none are left out.
 * @param wanted lower-case names, of each the first hundred: a header may have a million of one. Default: all.
 */
export function fields(header: Buffer, wanted?: ReadonlySet<string>): Field[] {
  if (!wanted) return [...each(header)];
  const found: Field[] = [];
  const counts = new Map<string, number>();
  for (const field of each(header, wanted)) {
    const count = counts.get(field.name) ?? 0;
    if (count === mostOfName) continue;
    counts.set(field.name, count + 1);
    found.push(field);
  }
  return found;
}

/** The same one by one, for whoever does not need them all. */
export function* each(header: Buffer, wanted?: ReadonlySet<string>): Generator<Field> {
  for (const line of unfolded(header.toString("latin1", 0, most))) {
    const colon = line.indexOf(":");
    const name = line
      .slice(0, Math.min(Math.max(colon, 0), 200))
      .trimEnd()
      .toLowerCase();
    if (wanted && !wanted.has(name)) continue;
    if (/^[\x21-\x39\x3b-\x7e]+$/.test(name)) yield { name, value: unicode(value(line, colon)) };
  }
}

const value = (line: string, colon: number): string =>
  line
    .slice(colon + 1, colon + 1 + longestField)
    .replace(/\r?\n/g, "")
    .trim();

/** Lines with those that continue them (RFC 5322 §2.2.3). */
function* unfolded(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf("\n", start);
    while (end >= 0 && (text[end + 1] === " " || text[end + 1] === "\t")) end = text.indexOf("\n", end + 1);
    const next = end < 0 ? text.length : end + 1;
    yield text.slice(start, next);
    start = next;
  }
}

/** Octets over 127 are UTF-8 (RFC 6532), or what an old mailer took for text. */
function unicode(latin1: string): string {
  if (!/[\x80-\xff]/.test(latin1)) return latin1;
  const text = Buffer.from(latin1, "latin1").toString("utf8");
  return text.includes("\ufffd") ? latin1 : text;
}

/** The value of the first field of a name, undefined where there is none. */
export const first = (of: readonly Field[], name: string): string | undefined =>
  of.find((field) => field.name === name)?.value;

/** A value for people: encoded words decoded (RFC 2047), no control characters, at most so many characters. */
export function text(value: string, most: number): string {
  const decoded = Word.decode(value.slice(0, 4 * most));
  const plain = decoded.replace(/\p{Cc}+/gu, " ").trim();
  return plain.slice(0, most).toWellFormed();
}
