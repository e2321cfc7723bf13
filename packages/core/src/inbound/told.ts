import type { Ports } from "../ports/main.ts";
import type { Put } from "../ports/store.ts";
import * as Outbox from "../webhook/outbox.ts";
import { wanted } from "../webhook/wanted.ts";
import type { Content } from "./content.ts";
import type { Mail } from "./mail.ts";
import type { ReceivedRecord } from "./record.ts";
import * as Sender from "./sender.ts";

type Needs = Pick<Ports, "store" | "clock">;

/** `email.received` (R-IN-6), where somebody wants that: what the list of received mail shows, without the mail. */
export async function email(ports: Needs, record: ReceivedRecord): Promise<Put[]> {
  const { database, id, received_at: at, status, from, recipients: to, subject, message_id } = record;
  if (!(await wanted(ports, database)).has("email.received")) return [];
  const { in_reply_to_email } = record;
  const data = { received_id: id, created_at: at, status, from, to, subject, message_id, in_reply_to_email };
  return [Outbox.put(database, { id: `${id}.received`, type: "email.received", at, data }, ports.clock.now())];
}

/**
 * `message.received` (R-IN-6), where somebody wants that: an entry of a thread, or the first of a new one. Of its text so
 * much is told as any event has room for: the rest is read by the message.
 */
export async function message(
  ports: Needs,
  record: ReceivedRecord,
  mail: Pick<Mail, "author">,
  content: Content,
): Promise<Put[]> {
  const { database, id, subject, in_reply_to_email, received_at: at } = record;
  if (!(await wanted(ports, database)).has("message.received")) return [];
  const { thread, message } = record.route;
  const data = {
    received_id: id,
    created_at: at,
    message_id: message,
    thread: thread && { model: thread.model, record_id: thread.record_id, new: thread.new },
    author: Sender.authorOf({ receipt: record, mail }),
    subject,
    text: content.text,
    attachments: content.files.map(({ filename }) => filename),
    in_reply_to_email,
  };
  // Routed by hand it is told as what it was before, and then as this
  return [Outbox.put(database, { id: `${id}.message`, type: "message.received", at, data }, ports.clock.now())];
}
