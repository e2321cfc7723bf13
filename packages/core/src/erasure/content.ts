import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import * as Mask from "../address/mask.ts";
import type { Stored } from "../email/body.ts";
import { join, type RawField, split } from "../mime/raw.ts";
import { masked, type Needle } from "./needle.ts";

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** A JSON that was compressed; undefined where its bytes were blanked, or are none. */
export async function open<T>(bytes: Uint8Array): Promise<T | undefined> {
  // The first octet of gzip (RFC 1952 §2.3.1)
  if (bytes[0] !== 0x1f) return undefined;
  return JSON.parse((await expand(bytes)).toString("utf8")) as T;
}

/** As small as can be: what is rewritten in place has to fit. */
export const close = (value: unknown): Promise<Uint8Array> => compress(JSON.stringify(value), { level: 9 });

/** The addresses a body goes to. */
export const addressees = ({ to, cc, bcc }: Pick<Stored, "to" | "cc" | "bcc">): string[] => [...to, ...cc, ...bcc];

/**
 * The body of an email to several without one of them: off the lists, and masked in the content. As whom it was sent
 * stays: that is the database's own, whoever it is, and what still waits must be sent as before.
 */
export function without(needle: Needle, body: Stored): Stored {
  const { subject, html, text, headers, tags, attachments } = body;
  const list = (values: readonly string[]) => values.filter((value) => !needle.names(value));
  const files = attachments.map((file) => ({ ...file, filename: needle.mask(file.filename) }));
  return {
    ...body,
    ...masked(needle, { subject, html, text, headers, tags }),
    ...(body.raw !== undefined && { raw: rawWithout(needle, body.raw) }),
    to: list(body.to),
    cc: list(body.cc),
    bcc: list(body.bcc),
    attachments: files,
  };
}

/** Where a message names who gets it: what stands there must be addresses, or servers refuse it for the others too. */
const lists = new Set(["to", "cc", "bcc"]);

/** The same of a message of the caller's own: off the lists with its name, masked in all else. */
function rawWithout(needle: Needle, raw: string): string {
  const { fields, body } = split(Buffer.from(raw, "latin1"));
  const left = fields.flatMap((field) => (lists.has(field.name) ? listWithout(needle, field) : [field.text]));
  return needle.mask(join(left, body).toString("latin1"));
}

/** @returns its lines; none where nobody is left in it. */
function listWithout(needle: Needle, { text }: RawField): string[] {
  const colon = text.indexOf(":");
  const all = Mask.split(text.slice(colon + 1).replaceAll("\r\n", ""));
  const rest = all.filter((one) => !needle.names(one));
  if (rest.length === all.length) return [text];
  return rest.length === 0 ? [] : [`${text.slice(0, colon)}: ${rest.map((one) => one.trim()).join(",\r\n ")}`];
}
