import * as Header from "../inbound/header.ts";
import * as Address from "./address.ts";
import * as Encoding from "./encoding.ts";

/** A part of a mail that is no text for people; an attached message is one part. */
export interface Part {
  /** Media type, lower-case. */
  readonly type: string;
  /** Its transfer encoding undone. */
  readonly content: Buffer;
}

/** A mail as far as reports need it. */
export interface Mail {
  /** The first value of a field by its lower-case name; `""` where there is none. */
  readonly field: (name: string) => string;
  /** All texts for people in one; HTML only where there is nothing else. */
  readonly text: string;
  /** In the order of the mail, however they are nested. */
  readonly parts: readonly Part[];
}

/** Octets that are read: what a report says stands in front of the mail it returns. */
const longest = 1_048_576;
/** Of one header, and of one text. */
const longestPiece = 131_072;
/** Parts that are read, and how deep they may be nested. */
const [mostParts, deepest] = [1_000, 20];

interface Collected {
  count: number;
  readonly plain: string[];
  readonly html: string[];
  readonly parts: Part[];
}

/**
 * Takes a mail apart (RFC 2045, RFC 2046), whatever it is. Of its own, since the time it takes must not depend on who
 * wrote the mail: general parsers also make text of HTML, by expressions that a few hundred octets keep busy for minutes.
 */
export function open(raw: Uint8Array): Mail {
  const mail = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.byteLength, longest));
  const collected: Collected = { count: 0, plain: [], html: [], parts: [] };
  const fields = walk(mail, 0, collected);
  const { plain, html, parts } = collected;
  return {
    field: (name) => Header.first(fields, name) ?? "",
    text: plain.length > 0 ? plain.join("\n") : Encoding.fromHtml(html.join("\n")),
    parts,
  };
}

function walk(raw: Buffer, depth: number, into: Collected): Header.Field[] {
  into.count++;
  const { header, body } = Header.split(raw);
  const fields = Header.fields(header.subarray(0, longestPiece));
  const field = (name: string) => (Header.first(fields, name) ?? "").slice(0, 2_000);
  const written = Address.uncomment(field("content-type"));
  const type = /^\s*([\w.+-]+\/[\w.+-]+)/.exec(written)?.[1]?.toLowerCase() ?? "text/plain";
  const boundary = parameter(written, "boundary");
  if (type.startsWith("multipart/") && boundary !== "" && depth < deepest) {
    for (const part of split(body, boundary)) if (into.count < mostParts) walk(part, depth + 1, into);
  } else collect(into, type, Encoding.undo(body, Address.uncomment(field("content-transfer-encoding"))), written);
  return fields;
}

function collect(into: Collected, type: string, content: Buffer, written: string): void {
  const isHtml = type === "text/html";
  if (!isHtml && type !== "text/plain") into.parts.push({ type, content });
  else {
    const charset = parameter(written, "charset") || "utf-8";
    into[isHtml ? "html" : "plain"].push(Encoding.toText(content.subarray(0, longestPiece), charset));
  }
}

/** A parameter of a field (RFC 2045 §5.1), `""` where there is none. */
function parameter(field: string, name: string): string {
  const [, quoted, token] = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^\\s;"]+))`, "i").exec(field) ?? [];
  return (quoted?.replace(/\\(.)/g, "$1") ?? token ?? "").trimEnd();
}

/** The parts between the lines of a boundary (RFC 2046 §5.1.1); the last may lack its end. */
function* split(body: Buffer, boundary: string): Generator<Buffer> {
  const line = Buffer.from(`--${boundary}`, "latin1");
  let begin = -1;
  for (let at = body.indexOf(line); at >= 0; at = body.indexOf(line, at + line.length)) {
    if (at > 0 && body[at - 1] !== 10) continue;
    const feed = body.indexOf(10, at);
    const end = feed < 0 ? body.length : feed;
    const rest = body.toString("latin1", at + line.length, Math.min(end, at + line.length + 100)).trim();
    if (rest !== "" && rest !== "--") continue;
    if (begin >= 0) yield body.subarray(begin, Math.max(begin, body[at - 2] === 13 ? at - 2 : at - 1));
    if (rest === "--") return;
    begin = end + 1;
  }
  if (begin >= 0) yield body.subarray(Math.min(begin, body.length));
}
