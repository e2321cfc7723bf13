import { normalize, read } from "../address/address.ts";
import * as Comment from "../mime/read/comment.ts";

/**
 * An address as a report has it (RFC 3464 §2.3.1), its type left out: `rfc822; bob@example.net`. The `\x{…}` of `utf-8`
 * (RFC 6533 §3) is decoded. Null for what is no address of mail.
 */
export function parse(field: string | undefined): string | null {
  const [, type = "rfc822", rest = ""] =
    /^(?:([\w-]{1,40})[ \t]*;)?(.*)$/s.exec(Comment.remove(field ?? "").trim()) ?? [];
  const bare = /<([^<>]*)>/.exec(rest)?.[1] ?? rest;
  return valid((type.toLowerCase() === "utf-8" ? unescape(bare) : bare).trim());
}

/**
 * Whom an address in a report may mean, normalised: whoever it names as it stands, else whom it names once the xtext of
 * RFC 3461 is decoded, which relays leave as it is. An address of one's own may well hold `+2B`.
 */
export const meanings = (address: string): string[] => [
  ...new Set([address, fromXtext(address)].map((one) => normalize(one))),
];

/** An address by itself, as written; a local part outside ASCII passes, for whoever compares it finds it nowhere. */
function valid(text: string): string | null {
  if (text.length > 320) return null;
  const address = read(text);
  if (!("reason" in address)) return address.address;
  return /^[^\s@<>"]+@[^\s@<>"]+$/.test(text) ? text : null;
}

/** Only what the encoding has to encode (RFC 3461 §4). */
const fromXtext = (text: string): string => text.replaceAll("+2B", "+").replaceAll("+3D", "=");

const unescape = (text: string): string =>
  text.replace(/\\x\{([0-9a-f]{1,6})\}/gi, (all, hex: string) => {
    const point = Number.parseInt(hex, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : all;
  });
