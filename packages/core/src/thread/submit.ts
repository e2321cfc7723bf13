import * as Mailbox from "../address/mailbox.ts";
import type { Version } from "../database/version.ts";
import type { Attachment } from "../email/body.ts";
import { check } from "../email/compose.ts";
import { assertActive } from "../email/outline.ts";
import { AppError } from "../error.ts";
import { type Id, make } from "../id.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import { type Claims, once } from "../idempotency/once.ts";
import type { Ports } from "../ports/main.ts";
import { ensure } from "./ensure.ts";
import { byId } from "./find.ts";
import * as Message from "./message.ts";
import { goOn, type Posted, post } from "./post.ts";
import { type Author, type MessageRecord, type RecordRef, usualSubtypes } from "./record.ts";
import type { Told } from "./told.ts";

/** A message as the API takes it. */
export interface PostRequest {
  /** One mailbox, of whoever wrote it. */
  readonly author: string;
  readonly subject?: string;
  readonly html?: string;
  readonly text?: string;
  /** Absent = the usual one. */
  readonly subtype?: string;
  readonly attachments: readonly Attachment[];
  /** The domains the poster's key is bound to. */
  readonly from_domains?: readonly string[];
}

const [usualSubtype = "comment"] = usualSubtypes;

/** A message as its poster is answered. */
export interface PostAnswer
  extends Pick<MessageRecord, "id" | "author" | "subject" | "subtype" | "message_id" | "created_at"> {
  readonly thread: RecordRef;
  readonly notifications: Told;
}

/** What an idempotency key stands for: the message as soon as it is stored, the answer once its followers are told. */
interface Receipt {
  readonly thread: Id<"thread">;
  readonly message: Id<"message">;
  readonly answer?: PostAnswer;
}

/**
 * Posts a message on the record's thread, which is made where there is none (R-NOT-2): stored once, and told to its
 * followers by the rules of {@link post}. The same key and request get the first answer again, and nobody is told twice;
 * what was cut short is gone on with.
 * @throws AppError what is wrong with the message or its author; database_paused; from_not_allowed;
 *   invalid_idempotent_request, concurrent_idempotent_requests
 */
export async function submit(
  ports: Ports,
  version: Version,
  ref: RecordRef,
  request: PostRequest,
  key?: Idempotency,
): Promise<PostAnswer> {
  const author = authorOf(request);
  assertActive(version);
  const given = { ...request, author };
  const posted = (claims: Claims<Receipt>) => first(ports, version, ref, given, claims);
  const { answer } = await once<Receipt>(ports, version.id, key, posted, {
    resume: (receipt) => again(ports, version, receipt),
  });
  if (answer) return answer;
  throw new Error("a message was posted and its poster not answered");
}

/** Checks what is said of the message, and reads its author. */
function authorOf(request: PostRequest): Author {
  const { author, subject = "", attachments } = request;
  const { name, local, domain } = Mailbox.parse(author, "author");
  const none = { to: [], cc: [], bcc: [], reply_to: [], headers: {}, tags: [] };
  check({ ...none, subject, attachments, kind: "transactional" });
  return { name, address: `${local}@${domain}` };
}

async function first(
  ports: Ports,
  version: Version,
  ref: RecordRef,
  { author, subject, html, text, subtype, attachments, from_domains }: Omit<PostRequest, "author"> & { author: Author },
  claims: Claims<Receipt>,
): Promise<Receipt> {
  const thread = await ensure(ports, version, ref);
  const id = make("message", ports);
  const posted = await post(ports, version, thread, {
    ...{ id, author, vouched: true, attachments, references: [], has: [], received: null, silent: false },
    ...{ subject: subject ?? null, html: html ?? null, text: text ?? null, subtype: subtype ?? usualSubtype },
    ...(from_domains && { from_domains }),
    beside: await claims({ thread: thread.id, message: id }),
  });
  return { thread: thread.id, message: id, answer: answerOf(thread, posted) };
}

/** The first request was cut short after the message was stored. */
async function again(ports: Ports, version: Version, receipt: Receipt): Promise<Receipt> {
  const thread = await byId(ports, version.id, receipt.thread);
  const item = thread && (await Message.find(ports, version.id, thread.id, receipt.message));
  if (!thread || !item)
    throw new AppError("conflict", "This message was posted, and deleted since: post it anew, with a new key.");
  return { ...receipt, answer: answerOf(thread, await goOn(ports, version, thread, item)) };
}

function answerOf({ model, record_id }: RecordRef, { message, told }: Posted): PostAnswer {
  const { id, author, subject, subtype, message_id, created_at } = message;
  return { id, thread: { model, record_id }, author, subject, subtype, message_id, created_at, notifications: told };
}
