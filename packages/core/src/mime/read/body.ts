import * as Comment from "./comment.ts";
import type { Entity } from "./entity.ts";
import * as Field from "./field.ts";

/** A text of a mail; `plain` among HTML is to be escaped. */
export interface Text {
  readonly entity: Entity;
  readonly kind: "plain" | "html";
}

/** A file of a mail; `related` = it stands beside the HTML that may show it (RFC 2387). */
export interface File {
  readonly entity: Entity;
  readonly related: boolean;
}

/** What a mail is made of. */
export interface Body {
  /** Empty where the mail begins with what is HTML alone. */
  readonly text: readonly Text[];
  /** Empty where nothing is HTML; else all there is, in its order. */
  readonly html: readonly Text[];
  readonly files: readonly File[];
}

/** Where an entity stands. */
interface Place {
  readonly among: string;
  /** It is what the multipart around it begins with, or its root. */
  readonly first: boolean;
  /** So is each of those around that. */
  readonly leads: boolean;
}

const nothing: Body = { text: [], html: [], files: [] };

/** Sorts a mail into texts and files. Of alternatives the last that says something is taken (RFC 2046 §5.1.4). */
export function of(root: Entity): Body {
  const body = sort(root, { among: "", first: true, leads: true });
  return { ...body, html: body.html.some(({ kind }) => kind === "html") ? body.html : [] };
}

function sort(entity: Entity, place: Place): Body {
  if (entity.parts.length > 0) {
    const root = rootOf(entity);
    const bodies = entity.parts.map((part) => {
      const first = part === root;
      return sort(part, { among: entity.type, first, leads: place.leads && first });
    });
    return entity.type === "multipart/alternative" ? choose(bodies) : join(bodies);
  }
  const kind = { "text/plain": "plain", "text/html": "html" }[entity.type] as Text["kind"] | undefined;
  if (kind === undefined || isFile(entity, place))
    return { ...nothing, files: [{ entity, related: place.among === "multipart/related" }] };
  const text = isBlank(entity.body) ? [] : [{ entity, kind }];
  return kind === "plain" ? { ...nothing, text, html: text } : { ...nothing, html: text };
}

/** What a multipart begins with; of one that is related what it says that is, wherever it stands (RFC 2387 §3.2). */
function rootOf({ type, parts, parameter }: Entity): Entity | undefined {
  const start = type === "multipart/related" ? idOf(parameter("start")) : undefined;
  const named = start && parts.find(({ field }) => idOf(field("content-id")) === start);
  return named || parts[0];
}

const idOf = (value: string): string | undefined => /[^<>\s]{1,500}/.exec(value)?.[0];

const hasHtml = ({ html }: Body): boolean => html.some(({ kind }) => kind === "html");

/** One after the other. The text is what whoever reads no HTML is to see: not the footer alone. */
function join(bodies: readonly Body[]): Body {
  const first = bodies.find(({ html }) => html.length > 0);
  return {
    text: first?.text.length === 0 ? [] : bodies.flatMap(({ text }) => text),
    html: bodies.flatMap(({ html }) => html),
    files: bodies.flatMap(({ files }) => files),
  };
}

/** A text goes before one that belongs to HTML: that is a footer. */
function choose(bodies: readonly Body[]): Body {
  const texts = bodies.filter(({ text }) => text.length > 0);
  const plain = texts.findLast((body) => !hasHtml(body)) ?? texts.at(-1);
  const html = bodies.findLast(hasHtml) ?? plain;
  return { text: plain?.text ?? [], html: html?.html ?? [], files: bodies.flatMap(({ files }) => files) };
}

/** A text with a name of its own is a file, but for the one that all begins with. */
function isFile(entity: Entity, { among, first, leads }: Place): boolean {
  const { value, parameters } = Field.parse(entity.field("content-disposition"));
  if (value === "attachment") return true;
  if (leads) return false;
  if (first || among === "multipart/alternative") return value === "inline" && parameters.has("filename");
  if (among === "multipart/related" && entity.field("content-id") !== "") return true;
  return parameters.has("filename") || Field.parse(Comment.remove(entity.field("content-type"))).parameters.has("name");
}

function isBlank(octets: Buffer): boolean {
  for (let at = 0; at < octets.length; at++) if ((octets[at] as number) > 0x20) return false;
  return true;
}
