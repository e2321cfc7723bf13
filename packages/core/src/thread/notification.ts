import { load } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import type { Attachment } from "../email/body.ts";
import { checkAttachment } from "../email/compose.ts";
import type { SendRequest } from "../email/request.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import type { AudienceRecord } from "./audience.ts";
import * as Content from "./content.ts";
import * as FileLink from "./file-link.ts";
import { fromFor, passes } from "./from.ts";
import * as Message from "./message.ts";
import * as MessageId from "./message-id.ts";
import type { MessageRecord, ThreadRecord } from "./record.ts";
import * as ReplyAlias from "./reply-alias.ts";

/** Message-Ids of the mail it answers that a notification names: the last, of which clients make a thread. */
const mostReferences = 10;
/** A subject in characters. */
const longestSubject = 1_000;

/** The mail that tells followers of a message (R-NOT-3, R-NOT-4); who they are is still to be said. */
export async function request(
  ports: Ports,
  version: Version,
  thread: ThreadRecord,
  item: Item,
  { creator, from_domains }: Pick<AudienceRecord, "creator" | "from_domains">,
): Promise<SendRequest> {
  const message = Message.fromItem(item);
  const [texts, files] = await Promise.all([Content.texts(ports, item), Content.files(ports, item)]);
  const { html = null, text = null, references = [] } = texts ?? {};
  const shown = await FileLink.show(ports, version.id, message, { html, text }, files.map(fit));
  const before = await Message.before(ports, version.id, message);
  const { prepared } = await load(ports, version);
  const from = fromFor(prepared, thread, message);
  const answered = references.length === 0 && before ? [before.message_id] : references;
  return {
    ...(from !== undefined && { from }),
    ...{ to: [], cc: [], bcc: [], reply_to: [], headers: {}, tags: [], kind: "transactional" },
    subject: subjectOf(message, thread, before),
    ...(shown.html !== null && { html: shown.html }),
    ...(shown.text !== null && { text: shown.text }),
    ...(shown.html === null && shown.text === null && { text: "" }),
    attachments: shown.attachments,
    ...(thread.company !== null && { company: thread.company }),
    ...(creator && { creator: message.author.address }),
    ...(from_domains && { from_domains }),
    notification: {
      thread: thread.id,
      message: message.id,
      alias: await ReplyAlias.of(ports, thread),
      references: referencesOf(message, answered, MessageId.own(ports, version, message.id)),
    },
  };
}

/** Inbound mail says what it likes of its files: what could not go out is left away. */
function fit(file: Attachment): Attachment {
  if (passes(() => checkAttachment(file, 0))) return file;
  const { filename, content } = file;
  return { filename: filename.replaceAll(/\p{Cc}+/gu, " ").toWellFormed(), content };
}

/**
 * Its own as it stands; else the thread's name or what the message before was of, as an answer where there is something
 * to answer.
 */
export function subjectOf(
  { subject }: Pick<MessageRecord, "subject">,
  { name }: Pick<ThreadRecord, "name">,
  before: Pick<MessageRecord, "subject"> | undefined,
): string {
  const given = subject ?? name ?? before?.subject ?? "";
  const line = given
    .replaceAll(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, longestSubject)
    .toWellFormed();
  if (line === "") return "New message";
  return subject !== null || !before || /^re:/i.test(line) ? line : `Re: ${line}`;
}

/** What it answers, the author's own Message-Id, which others may have it by, and ours last. */
function referencesOf({ message_id }: MessageRecord, answered: readonly string[], own: string): string[] {
  const all = [...answered.slice(-mostReferences), message_id].filter((id) => id !== own && MessageId.isPlain(id));
  return [...new Set(all), own];
}
