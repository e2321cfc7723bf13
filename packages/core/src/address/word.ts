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
  return text.replace(between, "$1").replace(encodedWord, (word, charset: string, encoding: string, data: string) => {
    const bytes = encoding.toLowerCase() === "b" ? Buffer.from(data, "base64") : fromQ(data);
    return toUnicode(bytes, charset) ?? word;
  });
}

/** RFC 2047 §4.2: `_` is a blank, `=XX` an octet, all else itself. */
function fromQ(data: string): Buffer {
  const octets = data
    .replaceAll("_", " ")
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(octets, "latin1");
}

function toUnicode(bytes: Buffer, charset: string): string | null {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch (error) {
    // TextDecoder says so for a charset it does not know; anything else is a bug of ours
    if (error instanceof RangeError) return null;
    throw error;
  }
}
