import { createHash } from "node:crypto";
import { loopTag } from "../mime/loop-tag.ts";
import type { Author } from "../thread/record.ts";
import * as Automatic from "./automatic.ts";
import * as Header from "./header.ts";
import { mailboxes } from "./people.ts";

/** A mail that came in, and what is read of its header. */
export interface Mail {
  /** Octets, to the letter. */
  readonly raw: Uint8Array;
  /** As it stands there, decoded, at most 1,000 characters; null = none. */
  readonly from: string | null;
  readonly subject: string | null;
  /** With its angle brackets; null = none. */
  readonly message_id: string | null;
  /**
   * What makes two copies the same mail (R-IN): the Message-Id; of a mail without one, a hash of what its author wrote, and
   * without a date too of the receipt.
   */
  readonly identity: string;
  /** What has tagged it as its own, lower-case: installations (root domains) and databases (default domains). */
  readonly loops: readonly string[];
  /** The first mailbox of From, normalised; null = there is none. */
  readonly author: Author | null;
  readonly to: readonly Author[];
  readonly cc: readonly Author[];
  /** Message-Ids with their angle brackets, oldest first, the last 32. */
  readonly references: readonly string[];
  readonly in_reply_to: readonly string[];
  /** Addresses it was on its way to before it was forwarded, normalised, the first hop's first. */
  readonly forwarded: readonly string[];
  /** No person wrote it for whom it goes to (RFC 3834). */
  readonly automatic: boolean;
}

/** Longest text shown of a field, in characters. */
const longest = 1_000;
/** Longest Message-Id that is used as it is, in characters: it becomes part of a key of 1,024 octets. */
const longestId = 400;
/** The fields an author writes; what carriers add differs from copy to copy. */
const authors = ["date", "from", "to", "cc", "subject"];

/** Where whoever forwards or delivers a mail writes whom it was for; those of later hops stand above. */
const hops = [
  "delivered-to",
  "x-delivered-to",
  "x-original-to",
  "envelope-to",
  "x-envelope-to",
  "x-forwarded-to",
  "x-forwarded-for",
  "resent-to",
];
/** Message-Ids that are looked at (R-IN-1), and how much of a field they are read from, in characters. */
const mostIds = 32;
const longestIds = 40_000;

const wanted = new Set([
  ...authors,
  ...hops,
  ...Automatic.telling,
  "message-id",
  "references",
  "in-reply-to",
  loopTag.toLowerCase(),
]);

/**
 * Reads the header of a mail, whatever it holds.
 * @param receipt what tells apart two mails of the same words without Message-Id and date, as machines write them
 */
export function read(raw: Uint8Array, receipt = ""): Mail {
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
    identity: message_id === null ? fingerprint(fields, body, receipt, raw) : short(message_id),
    loops: fields.filter(({ name }) => name === loopTag.toLowerCase()).map(({ value }) => value.toLowerCase()),
    author: people(fields, "from")[0] ?? null,
    to: people(fields, "to"),
    cc: people(fields, "cc"),
    references: ids(fields, "references"),
    in_reply_to: ids(fields, "in-reply-to"),
    forwarded: hopsOf(fields),
    automatic: Automatic.isAutomatic(fields),
  };
}

const values = (fields: readonly Header.Field[], wanted: string): string[] =>
  fields.filter(({ name }) => name === wanted).map(({ value }) => value);

const people = (fields: readonly Header.Field[], name: string): Author[] => mailboxes(values(fields, name).join(","));

function ids(fields: readonly Header.Field[], name: string): string[] {
  const text = values(fields, name).join(" ").slice(-longestIds);
  return (text.match(/<[^<>\s]+>/g) ?? []).filter((id) => id.length <= longest).slice(-mostIds);
}

function hopsOf(fields: readonly Header.Field[]): string[] {
  const earliest = fields.filter(({ name }) => hops.includes(name)).toReversed();
  // Gmail writes both addresses into one field with nothing but a blank between them
  const found = earliest.flatMap(({ value }) => mailboxes(/[<"]/.test(value) ? value : value.replace(/\s+/g, ",")));
  return [...new Set(found.map(({ address }) => address))].slice(0, mostIds);
}

const short = (id: string): string => (id.length <= longestId && /^[\x21-\x7e]+$/.test(id) ? id : digest([id]));

/** Without a date two alarms of one machine are the same to the letter: better kept twice than lost. */
const fingerprint = (fields: readonly Header.Field[], body: Buffer, receipt: string, raw: Uint8Array): string =>
  Header.first(fields, "date") === undefined
    ? digest([raw, `\n${receipt}`])
    : digest([...authors.map((name) => `${Header.first(fields, name) ?? ""}\n`), body]);

function digest(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return `sha256:${hash.digest("hex")}`;
}
