import { createHash } from "node:crypto";
import { oneClick } from "@posthouse/core/mass/field";
import { type Language, texts } from "./text.ts";

/** What a page is about; `ask`, `done` and the two that answer the undo name the recipient. */
export type Page =
  | { readonly kind: "ask"; readonly from: string | null; readonly address: string }
  | { readonly kind: "done" | "undone"; readonly address: string }
  | { readonly kind: "stays" | "gone" | "wrong" };

/** The form's field that undoes, and its value. */
export const undo = { name: "undo", value: "yes" } as const;

const style = `:root{color-scheme:light dark}
body{font:1.125rem/1.6 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.25rem;color:#1a1a1a;background:#fff;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.3}
button{font:inherit;font-weight:600;padding:.7rem 1.4rem;min-height:2.75rem;border:2px solid #0b4a8f;border-radius:.4rem;background:#0b4a8f;color:#fff;cursor:pointer}
button.second{background:transparent;color:#0b4a8f}
button:focus-visible{outline:3px solid #c25700;outline-offset:3px}
@media(prefers-color-scheme:dark){body{color:#f2f2f2;background:#161616}button{background:#a9cdf5;border-color:#a9cdf5;color:#0a1a2b}button.second{color:#a9cdf5}button:focus-visible{outline-color:#ffb066}}`;

/** Nothing but the page's own style is loaded, nothing is run, and its form goes nowhere but back. */
const policy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

/** What goes with every page: it is in nobody's cache or index, and tells no other site its address. */
export const headers = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": policy,
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-robots-tag": "noindex, nofollow",
  vary: "accept-language",
} as const;

/** The page as HTML: without a script, usable by keyboard and screen reader, readable in any contrast. */
export function render(page: Page, language: Language): string {
  const { title } = texts[language];
  const { heading, more, form } = parts(page, language);
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex,nofollow">
<title>${escape(heading === title ? title : `${heading} · ${title}`)}</title><style>${style}</style></head>
<body><main><h1>${escape(heading)}</h1><p>${escape(more)}</p>${form}</main></body></html>
`;
}

function parts(page: Page, language: Language): { heading: string; more: string; form: string } {
  const text = texts[language];
  switch (page.kind) {
    case "ask":
      return {
        heading: text.title,
        more: text.ask(page.from, mask(page.address)),
        form: form(oneClick, text.confirm, ""),
      };
    case "done":
      return { heading: text.done, more: text.doneMore(mask(page.address)), form: form(undo, text.undo, "second") };
    case "undone":
      return { heading: text.undone, more: text.undoneMore(mask(page.address)), form: "" };
    case "stays":
      return { heading: text.stays, more: text.staysMore, form: "" };
    case "gone":
      return { heading: text.gone, more: text.goneMore, form: "" };
    case "wrong":
      return { heading: text.wrong, more: text.wrongMore, form: "" };
  }
}

const form = (field: { readonly name: string; readonly value: string }, label: string, look: string): string =>
  `<form method="post"><input type="hidden" name="${field.name}" value="${field.value}"><button${look && ` class="${look}"`}>${escape(label)}</button></form>`;

/** Enough for the owner to know it, and no more for whoever was forwarded the mail. */
const mask = (address: string): string => `${address.slice(0, 1)}…${address.slice(address.lastIndexOf("@"))}`;

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escape = (text: string): string => text.replace(/[&<>"']/g, (char) => escapes[char] ?? char);
