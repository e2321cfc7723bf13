import type { Body } from "../email/body.ts";

/** A file that a mail links to. */
export interface Linked {
  readonly filename: string;
  readonly url: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * The texts of a mail with the list of files to download (R-SRV-7), in each form the mail has; plain text where it has
 * none.
 * @param until epoch seconds
 */
export function list(
  { html, text }: Pick<Body, "html" | "text">,
  files: readonly Linked[],
  until: number,
): Pick<Body, "html" | "text"> {
  if (files.length === 0) return { html, text };
  const title = `Attachments to download until ${new Date(until * 1000).toISOString().slice(0, 10)}:`;
  const plain = html === null || text !== null;
  return {
    html: html === null ? null : insert(html, asHtml(title, files)),
    text: plain ? `${text ?? ""}\n\n${asText(title, files)}` : null,
  };
}

/** The texts of a mail with a few words after them, in each form the mail has; plain text where it has none. */
export const add = ({ html, text }: Pick<Body, "html" | "text">, words: string): Pick<Body, "html" | "text"> => ({
  html: html === null ? null : insert(html, `<hr><p>${escape(line(words))}</p>`),
  text: html === null || text !== null ? `${text ?? ""}\n\n${line(words)}\n` : null,
});

const asText = (title: string, files: readonly Linked[]): string =>
  [title, ...files.map(({ filename, url, size }) => `- ${line(filename)} (${human(size)})\n  ${url}`), ""].join("\n");

function asHtml(title: string, files: readonly Linked[]): string {
  const items = files.map(
    ({ filename, url, size }) => `<li><a href="${escape(url)}">${escape(line(filename))}</a> (${human(size)})</li>`,
  );
  return `<hr><p>${title}</p><ul>${items.join("")}</ul>`;
}

/** Before the end of the body, where it says where that is. */
function insert(html: string, block: string): string {
  const at = html.toLowerCase().lastIndexOf("</body>");
  return at < 0 ? html + block : html.slice(0, at) + block + html.slice(at);
}

/** A name in one line, so that it cannot pass for more than a name. */
const line = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escape = (text: string): string => text.replace(/[&<>"']/g, (letter) => entities[letter] ?? letter);

const human = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
