import * as Header from "../../inbound/header.ts";
import * as Comment from "./comment.ts";
import * as Delimiter from "./delimiter.ts";
import * as Field from "./field.ts";

/** A mail or a part of one (RFC 2045 §2.4). */
export interface Entity {
  /** Media type, lower-case; what does not say is `text/plain`. */
  readonly type: string;
  /** A parameter of its Content-Type by the lower-case name, `""` = none. */
  readonly parameter: (name: string) => string;
  /** The first value of a field of MIME's by its lower-case name, `""` = none. */
  readonly field: (name: string) => string;
  /** Content-Transfer-Encoding, `""` = none. */
  readonly encoding: string;
  /** As it stands there, its transfer encoding not undone; empty of a multipart. */
  readonly body: Buffer;
  /** Of a multipart alone. */
  readonly parts: readonly Entity[];
}

/** How much of a mail is taken apart. */
export interface Limits {
  /** In all, multiparts among them; the mail itself is none. */
  readonly parts: number;
  /** A multipart as deep as that is a file. */
  readonly depth: number;
  /** Octets of one header. */
  readonly header: number;
}

interface Cursor extends Delimiter.Cursor {
  readonly limits: Limits;
  count: number;
  complete: boolean;
}

const wanted = new Set(["content-type", "content-transfer-encoding", "content-disposition", "content-id"]);

/**
 * Takes a mail apart (RFC 2046), whatever it is, in one pass: the time it takes is its length, whoever wrote it. An
 * attached message is one part. A delimiter of a multipart further out ends those within, for their own may be missing.
 * @returns `complete` is false where there are more parts than `limits` allows.
 */
export function open(raw: Uint8Array, limits: Limits): { root: Entity; complete: boolean } {
  const mail = lines(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength));
  const cursor: Cursor = { ...Delimiter.begin(mail), limits, count: -1, complete: true };
  const root = entity(cursor, 0, "text/plain");
  return { root, complete: cursor.complete };
}

/** Mail of which CR alone ends the lines, which no transport gives. */
function lines(mail: Buffer): Buffer {
  if (mail.includes(0x0a) || !mail.includes(0x0d)) return mail;
  const changed = Buffer.from(mail);
  for (let at = 0; at < changed.length; at++) if (changed[at] === 0x0d) changed[at] = 0x0a;
  return changed;
}

function entity(cursor: Cursor, depth: number, usual: string): Entity {
  cursor.count++;
  const header = Delimiter.header(cursor);
  const fields = Header.fields(header.subarray(0, cursor.limits.header), wanted);
  const field = (name: string) => Header.first(fields, name) ?? "";
  const { value, parameters } = Field.parse(Comment.remove(field("content-type").slice(0, 16_384)));
  const parameter = (name: string) => parameters.get(name) ?? "";
  const type = typeOf(value, usual);
  const inner = type.startsWith("multipart/") && depth < cursor.limits.depth;
  const parts = inner ? children(cursor, depth, type, parameter("boundary")) : undefined;
  const body = parts && parts.length > 0 ? cursor.raw.subarray(0, 0) : Delimiter.body(cursor);
  // a multipart without any part is what somebody wrote who says so by mistake
  const meant = inner && parts?.length === 0 ? "text/plain" : type;
  const encoding = Comment.remove(field("content-transfer-encoding").slice(0, 200));
  return { type: meant, parameter, field, encoding, body, parts: parts ?? [] };
}

function typeOf(value: string, usual: string): string {
  const [, type] = /^"?([\w.+!#$&^-]{1,100}\/[\w.+!#$&^-]{1,100})/.exec(value) ?? [];
  return type ?? (value.startsWith("text") ? "text/plain" : usual);
}

/** The parts of a multipart; the cursor stays where it was if it has none. */
function children(cursor: Cursor, depth: number, type: string, named: string): Entity[] {
  const start = cursor.at;
  const boundary = Buffer.from(named || likely(cursor)).toString("latin1");
  if (boundary.length === 0) return [];
  const level = Delimiter.enter(cursor, boundary);
  const parts: Entity[] = [];
  let found = Delimiter.peek(cursor);
  while (found.level === level && !found.closes && cursor.count < cursor.limits.parts) {
    cursor.at = found.next;
    parts.push(entity(cursor, depth + 1, type === "multipart/digest" ? "message/rfc822" : "text/plain"));
    found = Delimiter.peek(cursor);
  }
  if (found.level === level && !found.closes) cursor.complete = false;
  Delimiter.leave(cursor);
  if (parts.length === 0) cursor.at = start;
  else {
    cursor.at = found.level === level ? found.next : found.start;
    // an epilogue is nobody's
    if (cursor.complete) Delimiter.body(cursor);
  }
  return parts;
}

/** The boundary of a multipart that does not name one: its first line, where that looks like a delimiter. */
function likely({ raw, at }: Cursor): string {
  const start = raw.toString("latin1", at, at + 300).trimStart();
  return /^--(\S{1,200})\r?\n/.exec(start)?.[1] ?? "";
}
