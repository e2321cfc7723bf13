/** RFC 3463 §2, its subject one of §3; no part of an IPv4 address. */
const enhanced = /(?<![\d.])([245]\.[0-7]\.\d{1,3})(?!\.?\d)/;
/** The same where servers write it: behind a reply code, `#`, a bracket or the word. Dates and versions look like it. */
const marked =
  /(?:(?<![\w.])[245]\d\d[ \t-]{1,4}#?|[#(]|\bstatus(?:[ -]?code)?[ \t:=]{1,4})([245]\.[0-7]\.\d{1,3})(?!\.?\d)/i;
/** RFC 5321 §4.2: a reply code, and no part of a number. */
const reply = /(?<![\w.])([245])\d\d(?=[ \t-]|$)/;

const find = (text: string): string | null => enhanced.exec(text)?.[1] ?? null;

/** The first status code in a text for people, null where there is none. */
export const findMarked = (text: string): string | null => marked.exec(text)?.[1] ?? null;

/**
 * The status of a recipient: the field's, unless that says no more than the class and the server's own words say more.
 * Without a field the words alone tell, in the end by the class of their SMTP reply code (`5.0.0`).
 */
export function choose(field: string | undefined, diagnostic: string): string | null {
  const [given, told] = [find(field ?? ""), find(diagnostic)];
  if (given === null) return told ?? ofReply(diagnostic);
  return given.endsWith(".0.0") && told !== null && told[0] === given[0] ? told : given;
}

const ofReply = (text: string): string | null => {
  const kind = reply.exec(text)?.[1];
  return kind === undefined ? null : `${kind}.0.0`;
};
