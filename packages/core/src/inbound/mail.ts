import { createHash } from "node:crypto";
import * as Header from "./header.ts";

/** What marks mail that this installation made by itself from mail that came in: its root domain stands there. */
export const loopTag = "X-Posthouse-Loop";

/** A mail that came in, and what is read of its header. */
export interface Mail {
  /** Octets, to the letter. */
  readonly raw: Uint8Array;
  /** As it stands there, decoded, at most 1,000 characters; null = none. */
  readonly from: string | null;
  readonly subject: string | null;
  /** With its angle brackets; null = none. */
  readonly message_id: string | null;
  /** What makes two copies the same mail (R-IN): the Message-Id; of a mail without one, a hash of what its author wrote. */
  readonly identity: string;
  /** Installations that have tagged it as their own (root domains). */
  readonly loops: readonly string[];
}

/** Longest text shown of a field, in characters. */
const longest = 1_000;
/** Longest Message-Id that is used as it is, in characters: it becomes part of a key of 1,024 octets. */
const longestId = 400;
/** The fields an author writes; what carriers add differs from copy to copy. */
const authors = ["date", "from", "to", "cc", "subject"];

const wanted = new Set([...authors, "message-id", loopTag.toLowerCase()]);

/** Reads the header of a mail, whatever it holds. */
export function read(raw: Uint8Array): Mail {
  const { header, body } = Header.split(raw);
  const fields = Header.fields(header, wanted);
  const shown = (name: string): string | null => {
    const value = Header.first(fields, name);
    return value === undefined ? null : Header.text(value, longest);
  };
  const message_id = /<[^<>\s]+>/.exec(Header.first(fields, "message-id") ?? "")?.[0] ?? null;
  return {
    raw,
    from: shown("from"),
    subject: shown("subject"),
    message_id: message_id?.slice(0, longest) ?? null,
    identity: message_id === null ? fingerprint(raw, fields, body) : short(message_id),
    loops: fields.filter(({ name }) => name === loopTag.toLowerCase()).map(({ value }) => value.toLowerCase()),
  };
}

const short = (id: string): string => (id.length <= longestId && /^[\x21-\x7e]+$/.test(id) ? id : digest([id]));

/** What nobody seems to have written is the same as nothing but itself: better kept twice than lost. */
const fingerprint = (raw: Uint8Array, fields: readonly Header.Field[], body: Buffer): string =>
  ["from", "date"].some((name) => Header.first(fields, name) !== undefined)
    ? digest([...authors.map((name) => `${Header.first(fields, name) ?? ""}\n`), body])
    : digest([raw]);

function digest(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return `sha256:${hash.digest("hex")}`;
}
