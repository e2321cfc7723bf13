import { encodeWord } from "nodemailer/lib/mime-funcs";
import * as Mailbox from "../address/mailbox.ts";

/** RFC 5322 §2.1.1: lines should be of at most 78 octets, and must be of at most 998. */
const preferred = 78;
const limit = 998;

/** RFC 2047 §2 allows 75 octets for an encoded-word, its markup included. */
const wordOctets = 52;

/** Words of printable ASCII that fold into lines: the longest leaves room for the field's name (of at most 126). */
const foldable = /^[\x21-\x7e]{1,860}(?:[ \t]{1,50}[\x21-\x7e]{1,860})*$/;

/** Text that comes back from any decoder as it went in: single blanks, nothing that looks like an encoded-word. */
const verbatim = /^[\x21-\x7e]{1,800}(?: [\x21-\x7e]{1,800})*$/;

/** A field whose value is text for people (RFC 5322 §2.2.1): RFC 2047 encoded-words where ASCII cannot carry it. */
export function text(name: string, value: string): string {
  return fold(name, isVerbatim(value) ? value : encode(value));
}

/**
 * A field the caller gave. Its meaning is not known here, so that ASCII goes out to the letter (`List-Id: "News"
 * <news.example.com>` would mean nothing as an encoded-word); only what ASCII or folding cannot carry is encoded.
 */
export function custom(name: string, value: string): string {
  const trimmed = value.trim();
  return fold(name, foldable.test(trimmed) ? trimmed : encode(trimmed));
}

/**
 * A field of mailboxes (RFC 5322 §3.4). Each is parsed again by our own parser and written anew, so that no second
 * reading of a caller's text can make other addresses of it.
 * @throws AppError for a mailbox that is none
 */
export function mailboxes(name: string, values: readonly string[]): string {
  return fold(name, values.map((value) => mailbox(Mailbox.read(value, name))).join(", "));
}

/** A field of message ids, separated by blanks (RFC 5322 §3.6.4). */
export function ids(name: string, values: readonly string[]): string {
  return fold(name, values.join(" "));
}

/** The ids that texts hold, each once. What is no id, as the phrases of old mailers, has no place in these fields. */
export const messageIds = (texts: readonly string[]): string[] => [
  ...new Set(texts.flatMap((text) => text.match(/<[\x21-\x3b\x3d\x3f-\x7e]{1,500}>/g) ?? [])),
];

/** The address is ASCII, its domain A-labels: {@link Mailbox.read} sees to both. */
function mailbox({ name, local, domain }: Mailbox.Mailbox): string {
  const address = `${local}@${domain}`;
  if (name === null) return address;
  // Quoted it may have twice the length: an escape for each quote
  const quoted = Mailbox.format({ name, address });
  return isVerbatim(quoted) ? quoted : `${encode(name)} <${address}>`;
}

const isVerbatim = (value: string): boolean => verbatim.test(value) && !value.includes("=?");

function encode(value: string): string {
  // a line break in an encoded-word would be none on the wire but one for whoever decodes it
  const safe = value.toWellFormed().replace(/[\r\n\0]+/g, " ");
  if (safe === "") return "";
  const latin = safe.match(/[ -~]/g)?.length ?? 0;
  return encodeWord(safe, latin * 2 > safe.length ? "Q" : "B", wordOctets);
}

/**
 * `Name: value` in lines of at most 78 octets where its words allow it. A line never consists of blanks alone
 * (RFC 5322 §3.2.2), and a first word stays beside the name unless that would pass 998.
 */
function fold(name: string, value: string): string {
  const lines: string[] = [];
  let line = `${name}:`;
  for (const [word] of ` ${value}`.matchAll(/[ \t]+[^ \t]+/g)) {
    const most = line.endsWith(":") && lines.length === 0 ? limit : preferred;
    if (line.length + word.length > most) {
      lines.push(line);
      line = "";
    }
    line += word;
  }
  return [...lines, line].join("\r\n");
}
