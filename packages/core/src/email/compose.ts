import { isAddress, normalize } from "../address/address.ts";
import { AppError } from "../error.ts";
import type { Decision } from "../routing/schema.ts";
import { type Addressees, parse } from "./addressee.ts";
import type { Asked, Attachment, Body } from "./body.ts";
import { assertHeaders, assertValue } from "./header.ts";
import type { SendRequest } from "./request.ts";

// No group for each quantum: its repetition would outgrow the stack on a file of some megabytes
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
const tag = /^[A-Za-z0-9_-]{1,256}$/;
/** RFC 5322 §3.6.4 msg-id, without the obsolete forms. */
const msgId = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-[\]:]+$/;
const contentType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:[ \t]*;[ \t]*[\w-]+=(?:[\w!#$&^.+-]+|"[ !#-[\]-~]{0,80}"))*$/;

/**
 * Checks what no routing is needed for: every value that becomes a header, the attachments, the tags (R-REW-6).
 * @throws AppError naming the field.
 */
export function check(request: SendRequest): void {
  assertHeaders(request.headers, request.kind);
  assertSize(request.headers);
  assertValue("subject", request.subject);
  request.reply_to.forEach((value, n) => parse(value, `reply_to[${n}]`));
  request.attachments.forEach(checkAttachment);
  request.tags.forEach(({ name, value }, n) => {
    if (!tag.test(name) || !tag.test(value))
      throw new AppError("invalid_parameter", `tags[${n}]: names and values are 1 to 256 of A-Z a-z 0-9 _ -.`);
  });
  if (request.message_id !== undefined) messageId(request.message_id);
  if (request.creator !== undefined && !isAddress(request.creator))
    throw new AppError("invalid_parameter", "`creator` is no address: give that of the user who made the mail.");
}

/** Headers of a caller's own in all, in characters: servers refuse larger blocks. */
const mostHeaders = 64_000;

function assertSize(headers: SendRequest["headers"]): void {
  const size = Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  if (size > mostHeaders)
    throw new AppError(
      "invalid_header",
      `\`headers\` have ${size} characters in all: at most ${mostHeaders} can go out.`,
    );
}

/** @throws AppError invalid_attachment, invalid_header: what is wrong with the file of that place */
export function checkAttachment(attachment: Attachment, n: number): void {
  const refuse = (what: string) => new AppError("invalid_attachment", `attachments[${n}]: ${what}`);
  assertValue(`attachments[${n}].filename`, attachment.filename);
  if (attachment.content.length % 4 !== 0 || !base64.test(attachment.content)) throw refuse("`content` is not base64.");
  const { content_type, content_id } = attachment;
  assertValue(`attachments[${n}].content_type`, content_type ?? "");
  assertValue(`attachments[${n}].content_id`, content_id ?? "");
  if (content_type !== undefined && !contentType.test(content_type))
    throw refuse("`content_type` is no media type, as image/png.");
  if (content_id !== undefined && !/^[\x21-\x3b\x3d\x3f-\x7e]{1,200}$/.test(content_id))
    throw refuse("`content_id` is 1 to 200 printable ASCII characters without < > or blanks.");
}

/**
 * The caller's Message-Id with its angle brackets (R-REW-5).
 * @throws AppError invalid_header when it is none (RFC 5322 §3.6.4).
 */
export function messageId(text: string): string {
  const inner = text.startsWith("<") && text.endsWith(">") ? text.slice(1, -1) : text;
  if (inner.length > 500 || !msgId.test(inner))
    throw new AppError("invalid_header", "`message_id` is no Message-Id: give <something@your-domain>.");
  return `<${inner}>`;
}

/** What routing decides by, of a request. @param ofThread what the mail takes from its thread. */
export function asked(request: SendRequest, ofThread?: Pick<Asked, "thread" | "company">): Asked {
  const { from, kind, company, server, creator, reply_to, from_domains, list_unsubscribe, expires_in } = request;
  return {
    from: from ?? null,
    kind,
    ...(company === undefined ? {} : { company }),
    ...(server === undefined ? {} : { server }),
    ...(creator === undefined ? {} : { creator: normalize(creator) }),
    ...(reply_to.length === 0 ? {} : { reply_to: [...reply_to] }),
    ...(from_domains === undefined ? {} : { from_domains }),
    ...(list_unsubscribe === undefined ? {} : { list_unsubscribe }),
    ...(expires_in === undefined ? {} : { expires_in }),
    ...ofThread,
  };
}

/** What of a body is in neither the request nor the decision. */
interface Composed extends Pick<Body, "date" | "asked"> {
  readonly id: string;
  readonly notification?: Body["notification"] | undefined;
}

/** The body of an email as decided: its server, From and alias domain are fixed from here on (R-DOM-8). */
export function compose(
  request: SendRequest,
  decision: Decision,
  { to, cc, bcc }: Addressees,
  { id, date, asked, notification }: Composed,
): Body {
  return {
    from: decision.from,
    from_address: decision.from_address,
    envelope_from: decision.envelope_from,
    envelope_token: decision.envelope_token,
    to,
    cc,
    bcc,
    reply_to: decision.reply_to,
    ...(decision.reply_token && { reply_token: true }),
    subject: request.subject,
    html: request.html ?? null,
    text: request.text ?? null,
    headers: request.headers,
    attachments: request.attachments,
    tags: request.tags,
    message_id:
      request.message_id === undefined ? `<${id}@${decision.message_id_domain}>` : messageId(request.message_id),
    date,
    ...(request.raw && { raw: request.raw.mime }),
    asked,
    ...(notification && { notification }),
  };
}
