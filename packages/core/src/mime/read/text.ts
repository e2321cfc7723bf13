import type { Text } from "./body.ts";
import * as Charset from "./charset.ts";
import * as Encoding from "./encoding.ts";
import type { Entity } from "./entity.ts";

/** The octets of an entity, its transfer encoding undone. */
export const undo = ({ body, encoding }: Entity): Buffer => Encoding.undo(body, encoding);

/** Octets of an entity of text in Unicode, its lines ended by LF, without NUL. */
export const read = (octets: Buffer, { parameter }: Entity): string =>
  // what follows a blank is another parameter, its semicolon forgotten
  Charset.decode(octets, /^[^\s,]{1,100}/.exec(parameter("charset"))?.[0])
    .replace(/\r\n?/g, "\n")
    .replaceAll("\0", "");

/** Several texts in one. */
export interface Joined {
  readonly text: string;
  /** There was more. */
  readonly cut: boolean;
}

/** No charset takes more octets than that for one of UTF-8. */
const widest = 4;

/**
 * Texts in one; null = there is none. What stands behind the end is not decoded: nobody knows how much it is.
 * @param octets of a text, its transfer encoding undone; `most` octets of UTF-8 are given.
 */
export function join(
  texts: readonly Text[],
  { octets, most }: { octets: (text: Text) => Buffer; most: number },
): Joined | null {
  if (texts.length === 0) return null;
  const isHtml = texts.some(({ kind }) => kind === "html");
  const pieces: string[] = [];
  let [size, cut] = [0, false];
  for (const text of texts) {
    const raw = size > most ? undefined : octets(text);
    cut ||= raw === undefined || raw.length > widest * most;
    if (raw === undefined) break;
    const said = read(raw.subarray(0, widest * most), text.entity);
    pieces.push(isHtml && text.kind === "plain" ? escape(said) : said);
    size += said.length + 1;
  }
  const { text, whole } = clip(pieces.join("\n"), most);
  return { text, cut: cut || !whole };
}

/** Plain text as HTML that shows it as it is. */
const escape = (text: string): string =>
  `<pre>${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")}</pre>`;

function clip(text: string, most: number): { text: string; whole: boolean } {
  // each character has an octet at least, and few have so many that most of it would be thrown away
  const octets = Buffer.from(text.slice(0, most + 1));
  if (octets.length <= most && text.length <= most) return { text, whole: true };
  let end = Math.min(most, octets.length);
  // not within a character
  while (((octets[end] ?? 0) & 0xc0) === 0x80) end--;
  return { text: octets.toString("utf8", 0, end), whole: false };
}
