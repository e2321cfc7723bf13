import { within } from "../attachment/fit.ts";
import { isRed } from "../dispatch/hand.ts";
import { AppError } from "../error.ts";
import { is } from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item, Store } from "../ports/store.ts";
import { byId } from "../thread/find.ts";
import type { RecordRef } from "../thread/record.ts";
import { inAnswer, linkSeconds } from "./answer.ts";
import * as Body from "./body.ts";
import * as Event from "./event.ts";
import { type FailureType, type Feedback, fromItem, type Head, type Kind, type Recipient, type State } from "./head.ts";
import { isOver, lifetimePrefix } from "./lifetime.ts";
import { lastEvent, statesOf, statusOf } from "./status.ts";

/** An email as it is shown. */
export interface EmailView {
  readonly id: string;
  readonly message_id: string | null;
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly reply_to: readonly string[];
  readonly subject: string;
  readonly html: string | null;
  readonly text: string | null;
  readonly created_at: string;
  readonly scheduled_at: string | null;
  readonly expires_at: string;
  readonly last_event: string;
  readonly status: State;
  readonly kind: Kind;
  readonly server: string | null;
  readonly rule: string;
  readonly envelope_from: string | null;
  readonly recipients: readonly RecipientView[];
  readonly events: readonly Event.Event[];
  /** The red envelope (R-FAIL-3). */
  readonly attention: boolean;
  /** Kept to be looked at, and sent to nobody. */
  readonly captured: boolean;
  readonly tags: readonly { name: string; value: string }[];
  /** The record that answers become messages on; null = none, or its thread is gone. */
  readonly thread: RecordRef | null;
}

/** A recipient as it is shown. */
export interface RecipientView {
  readonly address: string;
  readonly field: string;
  readonly state: State;
  readonly failure_type: FailureType | null;
  readonly reply: string | null;
}

/** An email with everything that is stored of it. */
export interface Whole {
  readonly head: Head;
  readonly recipients: readonly Recipient[];
  readonly events: readonly Event.Event[];
  readonly bodyItem: Item | undefined;
}

/**
 * One email whole.
 * @throws AppError not_found, also for an email of another database.
 */
export async function get(ports: Pick<Ports, "store" | "blobs" | "clock">, db: string, id: string): Promise<EmailView> {
  const { head, recipients, events, bodyItem } = await whole(ports, db, id);
  const body = await Body.read(ports, head, bodyItem);
  const status = statusOf(statesOf(head, recipients));
  const list = (field: keyof Pick<Body.Body, "to" | "cc" | "bcc">) => body?.[field] ?? shown(head, recipients, field);
  return {
    id: head.id,
    message_id: body?.message_id ?? null,
    from: body?.from ?? head.from,
    to: list("to"),
    cc: list("cc"),
    bcc: list("bcc"),
    reply_to: body?.reply_to ?? [],
    subject: body?.subject ?? head.subject,
    html: body?.html ?? null,
    text: body?.text ?? null,
    created_at: head.created_at,
    scheduled_at: head.scheduled_at ?? null,
    expires_at: head.give_up_at,
    last_event: lastEvent(status),
    status,
    kind: head.kind,
    server: head.server,
    rule: head.rule,
    envelope_from: body?.envelope_from ?? null,
    recipients: recipientViews(head, recipients),
    events: Event.timeline(head, events, recipients),
    attention: isRed(head),
    captured: head.captured ?? false,
    tags: body?.tags ?? [],
    thread: await threadOf(ports, head),
  };
}

async function threadOf(ports: Pick<Ports, "store">, { database, thread }: Head): Promise<RecordRef | null> {
  const found = thread === undefined ? undefined : await byId(ports, database, thread);
  return found ? { model: found.model, record_id: found.record_id } : null;
}

/**
 * The MIME of an email as it goes out, but for the bounce token: itself, or where it is too large for an answer a link
 * to it that is good for five minutes.
 * @throws AppError not_found, also when its retention is over.
 */
export async function raw(
  ports: Pick<Ports, "store" | "blobs" | "clock" | "vault" | "operator">,
  db: string,
  id: string,
): Promise<Uint8Array | { readonly link: string }> {
  const { head, bodyItem } = await whole(ports, db, id);
  const body = await Body.read(ports, head, bodyItem);
  if (!body) throw new AppError("not_found", "The body of this email is no longer kept: its retention is over.");
  const { mime } = await within(ports, head, body, await sizeLimit(ports.store, head));
  if (mime.length <= inAnswer) return mime;
  const key = `${lifetimePrefix(0)}/${db}/${id}.eml`;
  await ports.blobs.put(key, mime);
  return { link: await ports.blobs.link(key, linkSeconds) };
}

/** What the server takes that it goes over, in bytes: its record says so, as long as there is one. */
async function sizeLimit(store: Store, { database, server }: Head): Promise<number> {
  if (server === null) return Number.POSITIVE_INFINITY;
  const item = await store.get(keys.configuration(database, "server", server));
  return item ? Number(item["max_email_size_mb"]) * 1_000_000 : Number.POSITIVE_INFINITY;
}

/** Reads all items of an email, but for what is past its end: TTL deletes late. */
async function whole({ store, clock }: Pick<Ports, "store" | "clock">, db: string, id: string): Promise<Whole> {
  const ours = is("email", id);
  const now = clock.now();
  const [stored, bodyItem] = ours
    ? await Promise.all([
        all(store, keys.emailHead(db, id).pk),
        store.get(keys.emailBody(db, id), { consistent: true }),
      ])
    : [[], undefined];
  const items = stored.filter((item) => !isOver(item, now));
  const head = items.find(({ sk }) => sk === "HEAD");
  if (!head) throw new AppError("not_found", "There is no email with this id in this database.");
  return {
    head: fromItem(head),
    recipients: items.filter(({ sk }) => sk.startsWith(keys.recipientPrefix)) as unknown as Recipient[],
    events: items.filter(({ sk }) => sk.startsWith(keys.eventPrefix)).map(Event.fromItem),
    bodyItem,
  };
}

async function all(store: Store, pk: string): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.query({ pk, consistent: true, ...(cursor !== undefined && { cursor }) });
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return items;
}

function recipientViews(head: Head, recipients: readonly Recipient[]): RecipientView[] {
  const views = recipients.map((recipient) => ({
    address: recipient.address,
    field: recipient.field,
    state: recipient.state ?? head.state,
    failure_type: (recipient.state ? recipient.failure_type : head.failure_type) ?? null,
    reply: last(recipient) ?? (recipient.state ? recipient.reply : head.reply) ?? null,
  }));
  if (views.length > 0) return views;
  const { to, field = "to", state, failure_type = null, reply = null } = head;
  return to === undefined ? [] : [{ address: to, field, state, failure_type, reply: last(head) ?? reply }];
}

/** What the remote server said last. */
const last = ({ end_reply, delivered_reply }: Feedback): string | undefined => end_reply ?? delivered_reply;

/** The addresses of a field where the body is gone. */
function shown(head: Head, recipients: readonly Recipient[], field: string): string[] {
  return recipientViews(head, recipients)
    .filter((recipient) => recipient.field === field)
    .map(({ address }) => address);
}
