import { detectExtension, detectMimeType } from "nodemailer/lib/mime-funcs";
import * as Word from "../../address/word.ts";
import * as Header from "../../inbound/header.ts";
import type { File } from "./body.ts";
import * as Encoding from "./encoding.ts";
import type { Entity } from "./entity.ts";
import * as Field from "./field.ts";
import * as Filename from "./filename.ts";
import type * as Uuencode from "./uuencode.ts";

/** A file as it may be handed on. */
export interface Sound {
  /** Never empty, at most 255 characters. */
  readonly filename: string;
  /** Media type, lower-case, without parameters. */
  readonly content_type: string;
  /** Without angle brackets; null = none. */
  readonly content_id: string | null;
  readonly disposition: "attachment" | "inline";
  /** Its transfer encoding undone. */
  readonly content: Buffer;
}

/** The file of a mail. @param number what it is called by where it has no name, from 1. */
export function of({ entity, related }: File, number: number): Sound {
  const { value, parameters } = Field.parse(entity.field("content-disposition"));
  const content = Encoding.undo(entity.body, entity.encoding);
  const content_id = /[^<>\s]{1,500}/.exec(entity.field("content-id"))?.[0] ?? null;
  // comments may be part of a name without quotes: `scan (1).pdf`
  const named = parameters.get("filename") || Field.parse(entity.field("content-type")).parameters.get("name");
  const shown = value === "inline" || (value !== "attachment" && related && content_id !== null);
  const filename = Filename.clean(named ?? "") || unnamed(entity, content, number);
  return {
    filename: isMail(entity.type) && !/\.eml$/i.test(filename) ? Filename.clip(`${filename}.eml`) : filename,
    content_type: entity.type,
    content_id,
    disposition: shown ? "inline" : "attachment",
    content,
  };
}

/** A file that was written into a text. */
export function written({ name, content }: Uuencode.File, number: number): Sound {
  const filename = Filename.clean(name) || `attachment-${number}.bin`;
  const content_type = detectMimeType(filename);
  return { filename, content_type, content_id: null, disposition: "attachment", content };
}

const extensions: Readonly<Record<string, string>> = {
  "message/delivery-status": "txt",
  "message/disposition-notification": "txt",
  "message/feedback-report": "txt",
  "text/rfc822-headers": "txt",
  "application/ms-tnef": "dat",
};

/** A mail, or a fragment of one (RFC 2046 §5.2.2), within the mail. */
const isMail = (type: string): boolean => /^message\/(?:rfc822|global|partial|news)$/.test(type);

/** A mail within the mail by its subject, all else by its number. */
function unnamed({ type }: Entity, content: Buffer, number: number): string {
  if (isMail(type)) return `${subjectOf(content) || `attachment-${number}`}.eml`;
  return `attachment-${number}.${extensions[type] ?? detectExtension(type)}`;
}

const wanted = new Set(["subject"]);

function subjectOf(mail: Buffer): string {
  const fields = Header.fields(Header.split(mail.subarray(0, 65_536)).header, wanted);
  return Filename.clean(Word.decode((Header.first(fields, "subject") ?? "").slice(0, 1_000)))
    .slice(0, 200)
    .trim();
}
