/** What of a mail is looked at: a mail may be made to cost whoever checks it more than its sender (RFC 6376 §8.4). */
export const limits = {
  /** Octets of a header. */
  header: 512 * 1024,
  /** Lines of it. */
  lines: 5_000,
  /** Signatures, the topmost. */
  signatures: 10,
  /** Octets of one of them. */
  signature: 8 * 1024,
  /** Octets of From, of all such fields together. */
  authors: 64 * 1024,
} as const;

/**
 * A mail with no more in it than can be checked in a moment: CRLF throughout, since a bare LF each would cost a turn of
 * its own; at most so many signatures, and none of ARC, which nobody asks for.
 * @returns undefined where its header, or its From, is larger than any honest one.
 */
export function bounded(raw: Uint8Array): Uint8Array | undefined {
  const mail = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const whole = hasBareLf(mail) ? crlf(mail) : mail;
  const end = whole.indexOf("\r\n\r\n");
  const length = end < 0 ? whole.length : end + 2;
  if (length > limits.header) return undefined;
  const lines = whole.toString("latin1", 0, length).split(/(?<=\r\n)/);
  if (lines.length > limits.lines) return undefined;
  const fields = fieldsOf(lines);
  const authors = fields.filter((field) => /^from[ \t]*:/i.test(field));
  if (authors.reduce((sum, { length }) => sum + length, 0) > limits.authors) return undefined;
  const kept = fewer(fields);
  return kept.length === length ? whole : Buffer.concat([Buffer.from(kept, "latin1"), whole.subarray(length)]);
}

function hasBareLf(mail: Buffer): boolean {
  for (let at = mail.indexOf(10); at >= 0; at = mail.indexOf(10, at + 1)) if (mail[at - 1] !== 13) return true;
  return false;
}

/** Each line feed has its carriage return; of the same octets otherwise. */
function crlf(mail: Buffer): Buffer {
  let bare = 0;
  for (let at = mail.indexOf(10); at >= 0; at = mail.indexOf(10, at + 1)) if (mail[at - 1] !== 13) bare++;
  const copy = Buffer.allocUnsafe(mail.length + bare);
  let to = 0;
  for (let at = 0; at < mail.length; at++) {
    if (mail[at] === 10 && mail[at - 1] !== 13) copy[to++] = 13;
    copy[to++] = mail[at] ?? 0;
  }
  return copy;
}

/** The header without the signatures that are too many or too large. */
function fewer(fields: readonly string[]): string {
  let count = 0;
  return fields
    .filter((field) => {
      if (/^arc-(?:seal|message-signature|authentication-results)[ \t]*:/i.test(field)) return false;
      if (!/^dkim-signature[ \t]*:/i.test(field)) return true;
      return field.length <= limits.signature && count++ < limits.signatures;
    })
    .join("");
}

function fieldsOf(lines: readonly string[]): string[] {
  const fields: string[] = [];
  let parts: string[] = [];
  for (const line of lines) {
    if (!/^[ \t]/.test(line) && parts.length > 0) {
      fields.push(parts.join(""));
      parts = [];
    }
    parts.push(line);
  }
  return [...fields, parts.join("")];
}
