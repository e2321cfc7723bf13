import * as Uuencode from "./uuencode.ts";

const [lf, cr, blank, tab, equals] = [0x0a, 0x0d, 0x20, 0x09, 0x3d];

/**
 * Undoes a content transfer encoding (RFC 2045 §6); an unknown one leaves the octets as they are, not copied. What does
 * not belong into it is passed over. The result is never longer than what it is made of.
 * @param encoding the field's value.
 */
export function undo(content: Buffer, encoding: string): Buffer {
  const name = /^\s*"?([\w-]+)/.exec(encoding)?.[1]?.toLowerCase() ?? "";
  if (name === "base64") return fromBase64(content);
  if (name === "quoted-printable") return fromQuotedPrintable(content);
  return /^(?:x-)?uu(?:e|encode)$/.test(name) ? (Uuencode.split(content).files[0]?.content ?? content) : content;
}

const digits = new Uint8Array(256).fill(64);
for (const [value, letter] of [
  ...Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
].entries())
  digits[letter] = value;

/** Of its own, since padding in the middle does not end it: some mailers encode piece by piece. */
function fromBase64(content: Buffer): Buffer {
  const out = Buffer.allocUnsafe(Math.ceil(content.length / 4) * 3);
  let [to, group, bits] = [0, 0, 0];
  for (let at = 0; at < content.length; at++) {
    const octet = content[at] as number;
    const digit = digits[octet] as number;
    if (digit < 64) {
      group = ((group << 6) | digit) & 0xffffff;
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        out[to++] = (group >> bits) & 0xff;
      }
    } else if (octet === equals) bits = 0;
  }
  return fit(out, to);
}

function fromQuotedPrintable(content: Buffer): Buffer {
  const out = Buffer.allocUnsafe(content.length);
  // `solid`: behind it are blanks alone, which go where the line ends (RFC 2045 §6.7, rule 3)
  let [to, solid] = [0, 0];
  for (let at = 0; at < content.length; at++) {
    const octet = content[at] as number;
    if (octet === equals) {
      const high = hex(content[at + 1]);
      const low = hex(content[at + 2]);
      const next = high < 16 && low < 16 ? -1 : softEnd(content, at + 1);
      if (next === -1) {
        out[to++] = high * 16 + low;
        at += 2;
      } else if (next > at + 1 || at + 1 === content.length) at = next - 1;
      else out[to++] = octet;
      solid = to;
    } else {
      if (octet === lf || (octet === cr && content[at + 1] === lf)) to = solid;
      out[to++] = octet;
      if (octet !== blank && octet !== tab) solid = to;
    }
  }
  return fit(out, to);
}

const hex = (octet = 0): number => {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const letter = octet | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : 16;
};

/** Where the line after a soft break begins; `from` where there is none. */
function softEnd(content: Buffer, from: number): number {
  let at = from;
  while (content[at] === blank || content[at] === tab) at++;
  if (at >= content.length) return content.length;
  if (content[at] === cr && content[at + 1] === lf) return at + 2;
  return content[at] === lf ? at + 1 : from;
}

/** A short result does not hold the memory of a long one. */
const fit = (out: Buffer, length: number): Buffer =>
  length * 2 < out.length ? Buffer.from(out.subarray(0, length)) : out.subarray(0, length);
