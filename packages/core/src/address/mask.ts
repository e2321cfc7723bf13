/**
 * An address field with the inside of quoted strings made `_` and comments made blanks, at the same length, so that
 * what is left are the characters with a meaning (RFC 5322 §3.2.2 comments nest, §3.2.4). Null when a quote, a
 * comment or an escape is left open.
 */
export function mask(value: string): string | null {
  const out: string[] = [];
  let quoted = false;
  let depth = 0;
  for (let i = 0; i < value.length; i++) {
    const char = value.charAt(i);
    if (char === "\\" && (quoted || depth > 0)) {
      if (++i === value.length) return null;
      out.push(quoted ? "__" : "  ");
    } else if (char === '"' && depth === 0) {
      quoted = !quoted;
      out.push('"');
    } else if (quoted) {
      out.push("_");
    } else if (char === "(" || char === ")") {
      depth += char === "(" ? 1 : -1;
      if (depth < 0) return null;
      out.push(" ");
    } else {
      out.push(depth > 0 ? " " : char);
    }
  }
  return quoted || depth > 0 ? null : out.join("");
}

/** A mailbox once masked: a phrase and an address in angle brackets, or the address alone. */
const shape = /^(?:[^<>@,;:\\]*<[^<>\s:\\]+>|[^<>\s:\\]+)$/;

/** Why a text cannot be exactly one mailbox whatever the parser, or null. For an error message after the field. */
export function refuse(value: string): string | null {
  const masked = mask(value)?.trim();
  if (masked === undefined) return "has a quote or a comment that is not closed";
  if (masked === "") return "is blank";
  const ats = masked.split("@").length - 1;
  if (ats === 0) return "has no @";
  if (ats > 1 || /[,;]/.test(masked)) {
    return "holds several addresses, or a name with @ or a comma that is not in quotes";
  }
  return shape.test(masked) ? null : "is no mailbox";
}

/** The parts of a list at its commas, those in quoted strings and comments left alone. */
export function split(value: string): string[] {
  const masked = mask(value) ?? value;
  const parts: string[] = [];
  let start = 0;
  for (let end = masked.indexOf(","); end >= 0; end = masked.indexOf(",", start)) {
    parts.push(value.slice(start, end));
    start = end + 1;
  }
  return [...parts, value.slice(start)];
}
