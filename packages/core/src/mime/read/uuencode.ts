/** A file that was written into a text. */
export interface File {
  /** As it stands there. */
  readonly name: string;
  readonly content: Buffer;
}

const [lf, cr] = [0x0a, 0x0d];
const begin = Buffer.from("begin ");
/** Characters of the line that begins one. */
const longestName = 500;
/** Octets of a line but the last: what has no `end` is a file only if there is one of those. */
const fullLine = 45;

/**
 * Takes the uuencoded files out of a text (POSIX `uuencode`): `begin 644 name`, lines, `end`. What only begins like one
 * stays text; one that is cut off counts as far as it goes.
 * @param most files that are taken out.
 */
export function split(text: Buffer, most = 1_000): { rest: Buffer; files: File[] } {
  const files: File[] = [];
  const rest: Buffer[] = [];
  let kept = 0;
  for (let at = next(text, 0); at >= 0 && files.length < most; ) {
    const found = file(text, at);
    if (found) {
      rest.push(text.subarray(kept, at));
      files.push({ name: found.name, content: found.content });
      kept = found.end;
    }
    at = next(text, found?.end ?? at + 1);
  }
  return files.length === 0 ? { rest: text, files } : { rest: Buffer.concat([...rest, text.subarray(kept)]), files };
}

/** Where the next line stands that begins with `begin `. */
function next(text: Buffer, from: number): number {
  for (let at = from; at < text.length; at++)
    if (text[at] === begin[0] && (at === 0 || text[at - 1] === lf) && isBegin(text, at)) return at;
  return -1;
}

function isBegin(text: Buffer, at: number): boolean {
  for (let n = 0; n < begin.length; n++) if (text[at + n] !== begin[n]) return false;
  return true;
}

function file(text: Buffer, at: number): (File & { end: number }) | undefined {
  const start = lineEnd(text, at) + 1;
  const lines = data(text, start);
  if (lines === undefined) return undefined;
  const line = text.toString("latin1", at, Math.min(start, at + longestName));
  const [, name] = /^begin [0-7]{3,4} ([^\r\n]+)\r?\n/.exec(line) ?? [];
  if (name === undefined) return undefined;
  const content = Buffer.allocUnsafe(lines.size);
  for (let [from, to] = [start, 0]; to < lines.size; from = lineEnd(text, from) + 1)
    to = decode(text, from, content, to);
  return { name: Buffer.from(name, "latin1").toString("utf8"), content, end: lines.end };
}

const value = (octet = 0x20): number => (octet - 0x20) & 0x3f;

/** Octets in the lines from here to `end`; undefined where the lines are none. */
function data(text: Buffer, from: number): { size: number; end: number } | undefined {
  let size = 0;
  for (let at = from; at < text.length; ) {
    const end = lineEnd(text, at);
    const length = end - at - (text[end - 1] === cr ? 1 : 0);
    if (length === 3 && text.toString("latin1", at, at + 3) === "end")
      return { size, end: Math.min(end + 1, text.length) };
    const octets = length === 0 ? 0 : value(text[at]);
    // blanks at the end of a line get lost
    if (length > Math.ceil(octets / 3) * 4 + 2 || (length > 0 && !isData(text, at, at + length))) return undefined;
    size += octets;
    at = end + 1;
    // not of blanks alone: a line of one letter would stand for 45 octets
    if (size > at - from) return undefined;
  }
  return size < fullLine ? undefined : { size, end: text.length };
}

function isData(text: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if ((text[at] as number) < 0x20 || (text[at] as number) > 0x60) return false;
  return true;
}

function lineEnd(text: Buffer, from: number): number {
  for (let at = from; at < text.length; at++) if (text[at] === lf) return at;
  return text.length;
}

/** One line. @returns where the next one is written. */
function decode(text: Buffer, from: number, into: Buffer, to: number): number {
  const end = lineEnd(text, from) - (text[lineEnd(text, from) - 1] === cr ? 1 : 0);
  const octets = end <= from ? 0 : value(text[from]);
  const digit = (n: number) => (from + 1 + n < end ? value(text[from + 1 + n]) : 0);
  for (let n = 0; n < octets; n++) {
    const group = Math.floor(n / 3) * 4 + (n % 3);
    into[to + n] = ((digit(group) << (2 + (n % 3) * 2)) | (digit(group + 1) >> (4 - (n % 3) * 2))) & 0xff;
  }
  return to + octets;
}
