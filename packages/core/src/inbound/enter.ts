import type { Attachment } from "../email/body.ts";
import type { Id } from "../id.ts";
import type { Ports } from "../ports/main.ts";
import type { Write } from "../ports/store.ts";
import { type Posting, post } from "../thread/post.ts";
import { note, type ThreadRecord } from "../thread/record.ts";
import type { Content, Part } from "./content.ts";
import type { Copy, Letter } from "./copy.ts";
import { count } from "./count.ts";
import { isTrue } from "./follow.ts";
import * as Keep from "./keep.ts";
import * as Once from "./once.ts";
import * as Record from "./record.ts";
import * as Sender from "./sender.ts";
import * as Told from "./told.ts";

/** What makes a mail an entry of a thread. */
export interface Entry {
  readonly id: Id<"received">;
  readonly thread: ThreadRecord;
  /** Those it has not come in for before. */
  readonly recipients: readonly Once.Recipient[];
  /** Told to users alone. */
  readonly internal: boolean;
  readonly route: Pick<Record.Route, "rule" | "why" | "alias">;
  readonly email: Id<"email"> | null;
}

/**
 * Makes a mail a message of a thread (R-IN-1, R-IN-3) and tells its followers: message, item, event and proofs against
 * duplicates in one transaction, after the database's own copy of the object. Repeated it goes on where it was cut short.
 * @throws TransactionCanceled where it is to be decided anew
 */
export async function enter(ports: Ports, copy: Copy, entry: Entry): Promise<Record.ReceivedRecord> {
  const { version, mail, receipt } = copy;
  const { id, recipients, email } = entry;
  const authentication = await copy.authentication();
  const decided = { recipients: Keep.addressesOf(recipients), in_reply_to_email: email, authentication };
  const route = routeOf(entry, copy.content(), email);
  const record = Record.make(version.id, id, receipt, mail, { status: "threaded", route, ...decided });
  await ports.blobs.put(record.blob, mail.raw);
  const now = recipients.slice(0, Once.together);
  const beside = [
    Record.put(record),
    ...(await Told.message(ports, record, mail, copy.content())),
    ...Once.writes(version.id, mail.identity, now, ports.clock.now(), id),
  ];
  await post(ports, version, entry.thread, await posting(copy, entry, beside));
  // All of them: a message that was there already has left none of the writes beside it
  await Keep.note(ports, copy, recipients, id);
  await count(ports, version);
  return record;
}

/** Where a mail that is an entry went. */
export function routeOf(
  { id, thread, route }: Pick<Entry, "id" | "thread" | "route">,
  { cut }: Content,
  email: Id<"email"> | null,
): Record.Route {
  const { model, record_id, is_new } = thread;
  return {
    ...route,
    why: cut === null ? route.why : `${route.why} ${cut}`,
    // Of a thread that is new, the mail that made it bears the news
    thread: { id: thread.id, model, record_id, new: is_new === true && record_id === id },
    message: Record.messageOf(id),
    ...(email !== null && { email }),
  };
}

/** A mail as a message. */
export async function posting(
  letter: Pick<Letter, "mail" | "receipt" | "content" | "authentication">,
  { id, internal }: Pick<Entry, "id" | "internal">,
  beside: readonly Write[],
): Promise<Posting> {
  const { mail } = letter;
  const { text, html, files } = letter.content();
  const { references, in_reply_to, message_id, identity } = mail;
  return {
    id: Record.messageOf(id),
    author: Sender.authorOf(letter) ?? Sender.nobody,
    vouched: await isTrue(letter),
    subject: mail.subject,
    html,
    text: html === null ? (text ?? "") : text,
    subtype: internal ? note : "comment",
    attachments: files.map(attachment),
    // One that no key could hold is known by nothing but its hash
    ...(message_id !== null && identity === message_id && { message_id }),
    references: references.length > 0 ? references : in_reply_to,
    has: [...mail.to, ...mail.cc].map(({ address }) => address),
    received: id,
    silent: Sender.isAutomatic(letter),
    holds: true,
    beside,
  };
}

const attachment = ({ filename, content_type, content_id, disposition, content }: Part): Attachment => ({
  filename,
  content: content.toString("base64"),
  content_type,
  ...(content_id !== null && { content_id }),
  disposition,
});
