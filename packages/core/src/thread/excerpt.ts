import type { Texts } from "./content.ts";

const most = 200;
/** So much of a text is looked at: an excerpt is of its beginning. */
const looked = 20_000;

/** What a message says, in one line of at most 200 characters; of HTML alone what is no markup. */
export function of({ html, text }: Pick<Texts, "html" | "text">): string {
  const plain = text?.slice(0, looked) ?? bare(html?.slice(0, looked) ?? "");
  const line = plain.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length <= most ? line.toWellFormed() : `${line.slice(0, most - 1).toWellFormed()}…`;
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", amp: "&" };

const bare = (html: string): string =>
  html
    .replaceAll(/<(style|script|head)\b[^]*?(?:<\/\1\s*>|$)/gi, " ")
    .replaceAll(/<!--[^]*?(?:-->|$)/g, " ")
    .replaceAll(/<[^>]*(?:>|$)/g, " ")
    .replaceAll(/&(lt|gt|quot|apos|nbsp|amp);/g, (whole, name: string) => entities[name] ?? whole);
