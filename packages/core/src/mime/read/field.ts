import * as Word from "../../address/word.ts";
import * as Charset from "./charset.ts";

/** A field with parameters (RFC 2045 §5.1, RFC 2183), as it was meant. */
export interface Structured {
  /** What stands before the first semicolon: trimmed, lower-case. */
  readonly value: string;
  /** By their lower-case names, decoded (RFC 2231, and RFC 2047 where it should not be); of two of a name the first. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Of a value so many characters are read, and so many parameters or pieces of one. */
const [longest, mostPieces] = [16_384, 200];

/** Reads such a field, however badly it is written: quotes and semicolons may be missing. */
export function parse(field: string): Structured {
  const [first = "", ...rest] = segments(field.slice(0, longest));
  const [, value = first, misplaced] = /^(\S+)[ \t]+(\S+=[\s\S]*)$/.exec(first.trim()) ?? [];
  const pieces = new Map<string, Piece[]>();
  for (const segment of misplaced === undefined ? rest : [misplaced, ...rest]) add(pieces, segment);
  return {
    value: value.trim().toLowerCase(),
    parameters: new Map([...pieces].map(([name, written]) => [name, join(written)])),
  };
}

const [quote, backslash, equals, semicolon] = [0x22, 0x5c, 0x3d, 0x3b];

/** What stands between semicolons that are not within quotes. */
function segments(field: string): string[] {
  const found: string[] = [];
  let [start, quoted, before] = [0, false, 0];
  for (let n = 0; n < field.length && found.length < mostPieces; n++) {
    const letter = field.charCodeAt(n);
    if (quoted && letter === backslash) n++;
    else if (letter === quote && (quoted || before === equals)) quoted = !quoted;
    else if (letter === semicolon && !quoted) {
      found.push(field.slice(start, n));
      start = n + 1;
    }
    if (letter > 0x20) before = letter;
  }
  return [...found, field.slice(start)];
}

/** A parameter, or one of the pieces it was cut into (RFC 2231 §3). */
interface Piece {
  /** Null = the whole. */
  readonly number: number | null;
  /** RFC 2231 §4: `charset'language'%41`. */
  readonly extended: boolean;
  readonly text: string;
}

function add(pieces: Map<string, Piece[]>, segment: string): void {
  const at = segment.indexOf("=");
  const written = segment.slice(0, Math.max(at, 0)).trim().toLowerCase();
  const [, name, number, star] = /^([^\s*]{1,60})(?:\*(\d{1,4}))?(\*)?$/.exec(written) ?? [];
  if (name === undefined) return;
  const known = pieces.get(name) ?? [];
  const text = unquote(segment.slice(at + 1).trim());
  known.push({ number: number === undefined ? null : Number(number), extended: star !== undefined, text });
  pieces.set(name, known);
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  const [, inner = ""] = /^"((?:[^"\\]|\\[\s\S])*)/.exec(text) ?? [];
  // `C:\reports\a.txt` is written by programs that know of no escapes
  return inner.replace(/\\(["\\])/g, "$1");
}

/** The extended form is the better one (RFC 6266 §4.3); pieces come in any order. */
function join(pieces: readonly Piece[]): string {
  const whole = pieces.find(({ number, extended }) => number === null && extended);
  if (whole) return extended([whole]);
  const numbered = pieces
    .filter(({ number }) => number !== null)
    .toSorted((a, b) => Number(a.number) - Number(b.number));
  if (numbered.length > 0) return numbered.some((piece) => piece.extended) ? extended(numbered) : words(numbered);
  return words(pieces.slice(0, 1));
}

/** RFC 2047 §5 forbids encoded words here, and half of all mailers write them. */
const words = (pieces: readonly Piece[]): string => Word.decode(pieces.map(({ text }) => text).join(""));

function extended(pieces: readonly Piece[]): string {
  const [, charset = "", first] = /^([\w.:-]{0,60})'[\w-]{0,60}'([\s\S]*)$/.exec(pieces[0]?.text ?? "") ?? [];
  const octets = pieces.map(({ text, extended }, n) => {
    const written = n === 0 ? (first ?? text) : text;
    return extended ? fromPercent(written) : Buffer.from(written);
  });
  return Charset.decode(Buffer.concat(octets), charset);
}

const fromPercent = (text: string): Buffer =>
  Buffer.from(
    Buffer.from(text)
      .toString("latin1")
      .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );
