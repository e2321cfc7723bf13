import * as Charset from "../mime/read/charset.ts";

/** RFC 2047 §2 encoded-word: `=?charset[*language]?B|Q?text?=`. */
const encodedWord = /=\?([\w.:-]+)(?:\*[\w-]*)?\?([bq])\?([^?\s]*)\?=/gi;

/** The blank between two encoded words is no part of the text (RFC 2047 §6.2). */
const between = /(\?=)[ \t]+(?==\?[\w.:-]+(?:\*[\w-]*)?\?[bq]\?)/gi;

/**
 * A display name in plain Unicode: encoded words (RFC 2047) that a caller had already put in are decoded, since
 * they would be shown undecoded once the name is quoted. A word in an unknown charset stays as it is. What comes
 * out may hold anything, line breaks too: check it again.
 */
export function decode(text: string): string {
  if (!text.includes("=?")) return text;
  const joined = text.replace(between, "$1");
  let [decoded, end] = ["", 0];
  for (const words of runs(joined)) {
    const [{ at, charset }] = words;
    const octets = Buffer.concat(words.map((word) => word.octets));
    const { end: last } = words.at(-1) ?? words[0];
    decoded += joined.slice(end, at) + (Charset.known(octets, charset) ?? joined.slice(at, last));
    end = last;
  }
  return decoded + joined.slice(end);
}

interface EncodedWord {
  readonly at: number;
  readonly end: number;
  /** Lower-case. */
  readonly charset: string;
  readonly octets: Buffer;
}

/** Words side by side of one charset are one text: many mailers cut within a character, against RFC 2047 §5. */
function runs(text: string): [EncodedWord, ...EncodedWord[]][] {
  const found: [EncodedWord, ...EncodedWord[]][] = [];
  for (const { 0: all, 1: named = "", 2: encoding = "", 3: data = "", index: at } of text.matchAll(encodedWord)) {
    const octets = encoding.toLowerCase() === "b" ? Buffer.from(data, "base64") : fromQ(data);
    const word: EncodedWord = { at, end: at + all.length, charset: named.toLowerCase(), octets };
    const last = found.at(-1)?.at(-1);
    if (last?.end === at && last.charset === word.charset) found.at(-1)?.push(word);
    else found.push([word]);
  }
  return found;
}

/** RFC 2047 §4.2: `_` is a blank, `=XX` an octet, all else itself. */
function fromQ(data: string): Buffer {
  const octets = data
    .replaceAll("_", " ")
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(octets, "latin1");
}
