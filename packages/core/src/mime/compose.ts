import { createHash } from "node:crypto";
import MailComposer from "nodemailer/lib/mail-composer";
import * as Field from "./field.ts";
import { type Attachment, attachment } from "./part.ts";

/** Everything a message is made of. There is no Bcc: it is never on the wire (R-REW-6). */
export interface MimeMessage {
  /** A mailbox in plain Unicode, as `"Mary" <notifications@example.com>`; so are `to`, `cc` and `reply_to`. */
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly reply_to: readonly string[];
  readonly subject: string;
  readonly html?: string;
  readonly text?: string;
  /** Checked by `assertHeaders`. In-Reply-To and References among them count as the two fields below. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly attachments: readonly Attachment[];
  /** With its angle brackets. */
  readonly message_id: string;
  readonly date: Date;
  /** Message ids with their angle brackets, oldest first; ours is appended (R-REW-5). */
  readonly references?: readonly string[];
  readonly in_reply_to?: string;
}

/**
 * The message in bytes for the wire (RFC 5322, RFC 2045–2049): 7-bit throughout, CRLF, no line over 998 octets.
 * The same message gives the same bytes, so that a retry is the same message (G3).
 * @throws AppError for a mailbox that is none
 */
export function compose(message: MimeMessage): Promise<Uint8Array> {
  const { html, text, date, attachments } = message;
  const composer = new MailComposer({
    ...(html === undefined ? {} : { html: lines(html) }),
    ...(text === undefined ? {} : { text: lines(text) }),
    attachments: attachments.map(attachment),
    date,
    headers: [{ key: "Message-ID", value: { prepared: true, value: header(message) } }],
    boundaryPrefix: "=_",
    baseBoundary: boundary(message),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/**
 * All our fields in one, beginning with the value of Message-ID: the composer would spell the caller's names anew
 * and encode structured values as if they were text.
 */
function header(message: MimeMessage): string {
  const { from, to, cc, reply_to, subject, message_id, headers } = message;
  const { inReplyTo, references } = thread(message);
  return [
    message_id,
    Field.mailboxes("From", [from]),
    ...(to.length > 0 ? [Field.mailboxes("To", to)] : []),
    ...(cc.length > 0 ? [Field.mailboxes("Cc", cc)] : []),
    ...(reply_to.length > 0 ? [Field.mailboxes("Reply-To", reply_to)] : []),
    ...(subject === "" ? [] : [Field.text("Subject", subject)]),
    ...(inReplyTo.length > 0 ? [Field.ids("In-Reply-To", inReplyTo)] : []),
    Field.ids("References", references),
    ...headers
      .filter(({ name, value }) => !isThread(name) && value.trim() !== "")
      .map(({ name, value }) => Field.custom(name, value)),
  ].join("\r\n");
}

/** R-REW-5: SES replaces Message-Id, so References always ends with ours, also on a first mail. */
function thread({ headers, references = [], in_reply_to = "", message_id }: MimeMessage) {
  const given = (name: string) =>
    headers.filter((header) => header.name.toLowerCase() === name).map(({ value }) => value);
  const before = Field.messageIds([...references, ...given("references")]).filter((id) => id !== message_id);
  return { inReplyTo: Field.messageIds([in_reply_to, ...given("in-reply-to")]), references: [...before, message_id] };
}

const isThread = (name: string): boolean => /^(?:in-reply-to|references)$/i.test(name);

/** RFC 2045 §2.7: CR and LF only together. */
const lines = (text: string): string => text.toWellFormed().replace(/\r\n|\r|\n/g, "\r\n");

/**
 * Derived from the content as well as the id: nobody who writes a part of the body can know it and begin a part of
 * his own. `=_` before it cannot occur in quoted-printable or base64 (RFC 2045 §6.7).
 */
function boundary({ message_id, html = "", text = "", attachments }: MimeMessage): string {
  const hash = createHash("sha256").update(JSON.stringify([message_id, html, text]));
  for (const { content } of attachments) hash.update(content);
  return hash.digest("hex").slice(0, 32);
}
