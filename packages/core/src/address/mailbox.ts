import addressparser from "nodemailer/lib/addressparser";
import { assertValue } from "../email/header.ts";
import { AppError } from "../error.ts";
import * as Address from "./address.ts";
import * as Mask from "./mask.ts";
import * as Word from "./word.ts";

/** A mailbox (RFC 5322 §3.4): an address and perhaps a display name, in plain Unicode. */
export interface Mailbox extends Address.Address {
  name: string | null;
}

/** RFC 5322 §2.1.1: a line's limit. A longer mailbox is no honest one. */
const maximum = 998;

/**
 * Reads one mailbox, `mary@company.com` or `"Mary" <mary@company.com>`. The parsing is nodemailer's; what it would
 * guess at (several addresses, groups, an unquoted @ or comma in a name, blanks in an address) is refused before.
 * @param field the request's field, for the error: `from`, `to[2]`
 * @throws AppError `invalid_header` for a line break or another control character (R-REW-6), else
 * `invalid_from_address` for the field `from` (R-SEL-6) and `validation_error` for any other
 */
export function parse(value: string, field = "address"): Mailbox {
  if (value.length > maximum) throw refusal(field, `is longer than ${maximum} characters`);
  const mailbox = read(value, field);
  const name = Word.decode(mailbox.name ?? "")
    .toWellFormed()
    .trim();
  assertValue(field, name);
  return { ...mailbox, name: name === "" ? null : name };
}

/**
 * Reads a mailbox that we have written ourselves ({@link format}, {@link keep}), whose name is plain Unicode: what
 * looks like an encoded word there is one that was meant to be read as it stands.
 * @throws AppError as {@link parse} does
 */
export function read(value: string, field = "address"): Mailbox {
  assertValue(field, value);
  const reason = Mask.refuse(value);
  if (reason !== null) throw refusal(field, reason);
  const parsed = addressparser(value)[0];
  const address = Address.read(parsed?.address ?? "");
  if ("reason" in address) throw refusal(field, address.reason);
  const name = (parsed?.name ?? "").trim();
  return { ...address, name: name === "" ? null : name };
}

/**
 * Reads a comma-separated list of mailboxes, each as {@link parse} does; groups are refused. Blank entries are
 * left out.
 */
export function parseList(value: string, field = "address"): Mailbox[] {
  return Mask.split(value)
    .filter((part) => part.trim() !== "")
    .map((part) => parse(part, field));
}

/**
 * A mailbox as text: the name always a quoted-string with escapes (RFC 5322 §3.2.4), the bare address without one.
 * Unicode stays as it is: RFC 2047 is the MIME composer's. Control characters become blanks.
 */
export function format(mailbox: { name: string | null; address: string }): string {
  const name = clean(mailbox.name);
  if (name === null) return mailbox.address;
  return `"${name.replace(/["\\]/g, "\\$&")}" <${mailbox.address}>`;
}

/**
 * The same for whoever reads it with {@link parse}: a name that looks as if it had encoded words becomes one itself, and
 * so is read as it stands here.
 */
export function exact(mailbox: { name: string | null; address: string }): string {
  const name = clean(mailbox.name)?.toWellFormed();
  if (!name?.includes("=?")) return format(mailbox);
  return format({ name: `=?utf-8?b?${Buffer.from(name).toString("base64")}?=`, address: mailbox.address });
}

/** A display name fit for a header: control characters become blanks; a blank name is none. */
export function clean(name: string | null): string | null {
  const text = (name ?? "").replace(/\p{Cc}/gu, " ").trim();
  return text === "" ? null : text;
}

/**
 * A mailbox as the caller wrote it where that is already a plain form of it (bare, quoted name, or a name of atoms),
 * else as {@link format} writes it: comments, encoded words and odd spacing do not pass.
 */
export function keep(value: string, mailbox: Mailbox): string {
  const text = value.trim();
  const atoms = /^[\w\p{L}\p{M} !#$%&'*+/=?^`{|}~-]+$/u.test(mailbox.name ?? "");
  const plain = atoms && text === `${mailbox.name} <${mailbox.address}>`;
  return plain ? text : format(mailbox);
}

function refusal(field: string, reason: string): AppError {
  const name = field === "from" ? "invalid_from_address" : "validation_error";
  return new AppError(name, `${field} ${reason}: give one address, as mary@company.com or "Mary" <mary@company.com>.`, {
    details: { field },
  });
}
