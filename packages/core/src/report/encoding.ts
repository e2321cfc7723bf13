/** Undoes a content transfer encoding (RFC 2045 §6); an unknown one leaves the octets as they are. */
export function undo(content: Buffer, encoding: string): Buffer {
  const name = /^\s*"?([\w-]+)/.exec(encoding)?.[1]?.toLowerCase();
  if (name === "base64") return Buffer.from(content.toString("latin1"), "base64");
  return name === "quoted-printable" ? fromQuotedPrintable(content) : content;
}

const fromQuotedPrintable = (content: Buffer): Buffer =>
  Buffer.from(
    content
      .toString("latin1")
      .replace(/=[ \t]*\r?\n/g, "")
      .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );

/** Octets as text; in a charset that nobody knows each octet is a character, so that ASCII at least is read. */
export function toText(content: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(content);
  } catch (error) {
    if (error instanceof RangeError) return content.toString("latin1");
    throw error;
  }
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'", nbsp: " " };

/** HTML as lines of text, well enough to find addresses and codes in it. */
export const fromHtml = (html: string): string =>
  html
    .replace(/<(?:br|\/p|\/div|\/tr|\/td|\/li|\/h\d)\b[^<>]{0,200}>/gi, "\n")
    .replace(/<[^<>]{0,2000}>/g, "")
    .replace(/&#(\d{2,5});/g, (_, point: string) => String.fromCharCode(Number(point)))
    .replace(/&([a-z]{2,4});/gi, (all, name: string) => entities[name.toLowerCase()] ?? all);
