import { normalize as normalizeAddress } from "../address/address.ts";
import * as Mailbox from "../address/mailbox.ts";
import * as Mask from "../address/mask.ts";
import * as Word from "../address/word.ts";
import { AppError } from "../error.ts";
import { is8bit, join, normalize, type RawField, type RawParts, split, valueOf } from "../mime/raw.ts";
import { parse } from "./addressee.ts";
import type { SendRequest } from "./request.ts";

/** What is said of a raw message beside it. */
export interface RawRequest
  extends Pick<
    SendRequest,
    | "from"
    | "kind"
    | "company"
    | "server"
    | "creator"
    | "expires_in"
    | "scheduled_at"
    | "message_id"
    | "from_domains"
    | "list_unsubscribe"
    | "thread"
  > {
  /** The recipients; none = those of To, Cc and Bcc. */
  readonly to: readonly string[];
}

/**
 * Reads a message that an application has made itself (RFC 5322), to be sent by the rules of all mail: who gets it, its
 * From, its Message-Id, and the message as it can go out. The body stays as it is to the octet, but for line ends.
 * @throws AppError invalid_header for a header that cannot go out or that readers might read differently; invalid_parameter
 *   for recipients, a NUL or a line of the body that is too long; missing_required_field.
 */
export async function read(bytes: Uint8Array, { to: envelope, ...said }: RawRequest): Promise<SendRequest> {
  if (bytes.length === 0)
    throw new AppError("missing_required_field", "The body is missing: send the message as it is.");
  const parts = split(normalize(bytes));
  const value = valuesOf(parts);
  assertNoGroups(value, envelope.length > 0 ? ["reply-to"] : ["to", "cc", "bcc", "reply-to"]);
  const from = said.from ?? value("from");
  const message_id = said.message_id ?? value("message-id");
  const fields = await ready(parts, said.from);
  return {
    ...said,
    ...(from !== undefined && { from }),
    ...(message_id !== undefined && { message_id }),
    ...addressees(value, envelope),
    reply_to: each(value("reply-to")),
    subject: shown(value("subject") ?? ""),
    headers: {},
    attachments: [],
    tags: [],
    raw: { mime: join(fields, parts.body).toString("latin1") },
  };
}

/**
 * Where a field says who gets it, or answers, it names each by itself (RFC 5322 §3.4).
 * @throws AppError invalid_parameter
 */
function assertNoGroups(value: ReturnType<typeof valuesOf>, fields: readonly string[]): void {
  for (const field of fields) {
    const list = value(field) ?? "";
    if (nobody.test(list) || !group.test(Mask.mask(list) ?? "")) continue;
    const words = `\`${field}\` has a group, as \`Team: a@b.example, c@d.example;\`: groups are not taken, name each address by itself.`;
    throw new AppError("invalid_parameter", words, { details: { field } });
  }
}

/** A colon after a name, outside quotes, comments, angle brackets and address literals. */
const group = /^(?:[^<>[\]:]|<[^<>]*>|\[[^[\]]*\])*:/;

/** Looks up the value of a field; undefined where it is not there, or blank. */
function valuesOf({ fields }: RawParts): (name: string) => string | undefined {
  return (name) => {
    const all = fields.filter((field) => field.name === name).map(valueOf);
    return all.filter((value) => value !== "").join(", ") || undefined;
  };
}

/** `undisclosed-recipients:;`: a group of nobody (RFC 5322 §3.4). */
const nobody = /^[\w "-]*:\s*;?$/;

const each = (list: string | undefined): string[] =>
  list === undefined || nobody.test(list)
    ? []
    : Mask.split(list)
        .map((one) => one.trim())
        .filter((one) => one !== "");

/**
 * Who gets it, by the field that shows them. The envelope has the last word: whom it names and no field shows gets a blind
 * copy, whom a field shows and it does not name gets nothing.
 */
function addressees(
  value: ReturnType<typeof valuesOf>,
  envelope: readonly string[],
): Pick<SendRequest, "to" | "cc" | "bcc"> {
  const [to, cc, bcc] = [each(value("to")), each(value("cc")), each(value("bcc"))];
  if (envelope.length === 0) return { to, cc, bcc };
  const [inTo, inCc] = [new Set(to.map(keyOf)), new Set(cc.map(keyOf))];
  const keyed = envelope.map((one) => ({ one, key: keyOf(one) }));
  return {
    to: keyed.filter(({ key }) => inTo.has(key)).map(({ one }) => one),
    cc: keyed.filter(({ key }) => !inTo.has(key) && inCc.has(key)).map(({ one }) => one),
    bcc: keyed.filter(({ key }) => !inTo.has(key) && !inCc.has(key)).map(({ one }) => one),
  };
}

/** What makes two mailboxes the same; one that cannot be read is the same as none but itself. */
function keyOf(value: string): string {
  try {
    return normalizeAddress(Mailbox.parse(value).address);
  } catch (error) {
    if (error instanceof AppError) return value;
    throw error;
  }
}

/** A subject for people: what it says is only shown, what goes out is the field. */
const shown = (subject: string): string =>
  Word.decode(subject)
    .toWellFormed()
    .replace(/\p{Cc}+/gu, " ")
    .trim();

/** Fields of words and tokens, which RFC 2047 may not encode (§5). */
const structured = /^(?:content-.*|date|message-id|in-reply-to|references|mime-version)$/;
const ofMailboxes = new Set(["to", "cc", "reply-to"]);

/**
 * The lines of each field as they can go out: ASCII, since neither SES nor every server takes other (RFC 6532), and a
 * From that no two readers can read differently.
 */
async function ready({ fields }: RawParts, from: string | undefined): Promise<string[]> {
  const odd = ({ name, text }: RawField) =>
    name === "from" ? from !== undefined || is8bit(text) || text.includes("(") : is8bit(text);
  if (!fields.some(odd)) return fields.map(({ text }) => text);
  // The same code as for composed mail, which the API's start does without
  const { mailboxes, custom, text: ofText } = await import("../mime/field.ts");
  const anew = (field: RawField): string => {
    const { name, text } = field;
    const written = text.slice(0, text.indexOf(":"));
    if (structured.test(name)) throw notAscii(written);
    if (name === "from") return mailboxes(written, [Mailbox.format(Mailbox.parse(from ?? valueOf(field), name))]);
    const value = valueOf(field);
    if (!ofMailboxes.has(name)) return name === "subject" ? ofText(written, value) : custom(written, value);
    return mailboxes(
      written,
      each(value).map((one, n) => Mailbox.format(parse(one, `${name}[${n}]`))),
    );
  };
  return fields.map((field) => (odd(field) ? anew(field) : field.text));
}

const notAscii = (header: string): AppError =>
  new AppError("invalid_header", `The field ${header} has octets over 127: use ASCII only.`, { details: { header } });
