import { createHmac } from "node:crypto";
import type { Version } from "../database/version.ts";
import { type Id, timeOf } from "../id.ts";
import * as keys from "../keys.ts";
import type { Item, Put } from "../ports/store.ts";
import type { Decision } from "../routing/schema.ts";
import type { SettingsRecord } from "../settings/record.ts";
import type { Why } from "../suppression/among.ts";
import type { RecordRef } from "../thread/record.ts";
import * as ReplyRef from "../thread/reply-ref.ts";
import type { Addressee, Addressees } from "./addressee.ts";
import type { Body } from "./body.ts";
import { due, listed } from "./due.ts";
import { forcedMark } from "./forced.ts";
import type { Head } from "./head.ts";

const daySeconds = 86_400;

/** What the head of a captured email says: it looks as if it were sent, and was to nobody. */
export const capture = { captured: true, reply: "captured: sent to nobody" } as const;

/** An email about to be committed: plain data, for a batch keeps its drafts until all heads are written. */
export interface Draft {
  /** The head as it is stored, but for what it is charged with. */
  readonly head: Head & Item;
  /** Recipients the daily limit is charged with: none for external servers (R-LIM-1). */
  readonly counted: number;
  /** One action for each recipient, where there are several. */
  readonly recipients: readonly Put[];
  /**
   * The caller's own Message-Id leads to the email, as ours does by itself; and the email to its thread (R-IN-1). That a
   * notification does, its message says.
   */
  readonly messageIds: readonly Put[];
  /** What the database's webhooks are told. */
  readonly events: readonly Put[];
  /** The thread that is made with it. */
  readonly opens?: Opens;
}

/** A thread that was not there when a mail on it was checked. */
export interface Opens {
  readonly record: RecordRef;
  /** What makes it, under the id that the mail has; all of it fails where somebody else was faster. */
  readonly writes: readonly Put[];
}

/** The same mail on the thread that its record has by now. */
export const onThread = ({ opens: _opens, head, messageIds, ...rest }: Draft, thread: Id<"thread">): Draft => ({
  ...rest,
  head: { ...head, thread },
  messageIds: messageIds.map((one) => ("thread" in one.put ? { ...one, put: { ...one.put, thread } } : one)),
});

/** The action that puts the head, charged to that counting day. */
export const put = ({ head, counted }: Draft, day: string): Put => ({
  put: { ...head, ...(counted > 0 && { charged_day: day, charged_n: counted }) },
  if: "attribute_not_exists(pk)",
});

/** What a draft is made of. */
export interface Parts {
  readonly id: Id<"email">;
  readonly version: Version;
  readonly decision: Decision;
  readonly content: Body;
  readonly addressees: Addressees;
  /** Those of the addressees that are left out, by key, and why. */
  readonly suppressed: ReadonlyMap<string, Why>;
  /** ms */
  readonly now: number;
  /** ms: when its caller wants it sent; absent = at once. */
  readonly scheduled?: number | undefined;
  /** Epoch seconds: when waiting ends in failure. */
  readonly giveUp: number;
  /** Where the body is, unless it is an item. */
  readonly blob?: string | undefined;
  readonly blob_range?: readonly [number, number] | undefined;
  /** What of the body is stored, for all mails of its request at once (R-KIND-3); absent = all of it, for this one. */
  readonly common?: Body | undefined;
  readonly retention: SettingsRecord["retention"];
  /** The thread that answers to it belong to, and the message it tells of, where it does. */
  readonly thread?: Head["thread"] | undefined;
  readonly message?: Head["message"] | undefined;
  /** Where the thread is made with it. */
  readonly opens?: Opens | undefined;
  /** Kept to be looked at, and sent to nobody: it counts in no limit. */
  readonly captured: boolean;
  /** Seconds until the tick takes up what was never enqueued. */
  readonly recovery: number;
}

/** The items of an email, its recipients counted (R-LIM-1: distinct, less those left out). */
export function draft(parts: Parts): Draft {
  const { id, version, decision, addressees, suppressed, giveUp, retention } = parts;
  const expiresAt = giveUp + Math.max(retention.heads_days, 2) * daySeconds;
  const sending = addressees.all.length - suppressed.size;
  // R-LIM-3: that of scheduled mail is reserved when it is due
  const free = parts.captured || parts.scheduled !== undefined;
  const counted = decision.over === "platform" && !free ? sending : 0;
  const head = headOf(parts, expiresAt, sending > 0);
  const single = addressees.all.length === 1 ? addressees.all[0] : undefined;
  return {
    head: {
      ...keys.emailHead(version.id, id),
      ...head,
      ...listed(version.id, id, timeOf(id)),
      ...(single && indexed(version, id, single)),
    },
    counted,
    recipients: single ? [] : addressees.all.map((addressee, n) => recipient(parts, addressee, n, expiresAt)),
    messageIds: [...ownId(parts, expiresAt), ...replyRef(parts)],
    events: [],
    ...(parts.opens && { opens: parts.opens }),
  };
}

function headOf(parts: Parts, expiresAt: number, sending: boolean): Head {
  const { id, version, decision, content, addressees, now, giveUp, blob, blob_range, recovery, captured } = parts;
  const { scheduled, common, thread, message } = parts;
  const [why = "suppressed"] = parts.suppressed.values();
  const later = sending && scheduled !== undefined;
  const waits = sending && !captured;
  const [first] = addressees.all;
  const single = addressees.all.length === 1 && first ? { to: first.address, field: first.field } : {};
  const at = new Date(now).toISOString();
  return {
    v: 1,
    database: version.id,
    id,
    kind: content.asked.kind,
    state: later ? "scheduled" : waits ? "queued" : sending ? "sent" : "suppressed",
    ...(sending ? {} : { failure_type: why }),
    from: clip(content.from, 120),
    subject: clip(content.subject, 120),
    ...single,
    ...(common && { shown_to: content.to[0] }),
    recipients: addressees.all.length,
    server: decision.server ? (decision.server.id as Id<"server">) : null,
    over: decision.over,
    rule: decision.rule,
    ...(blob !== undefined && { blob }),
    ...(blob_range !== undefined && { blob_range }),
    created_at: at,
    give_up_at: new Date(giveUp * 1000).toISOString(),
    not_before: later ? new Date(scheduled).toISOString() : at,
    ...(later && { scheduled_at: new Date(scheduled).toISOString(), life: giveUp - Math.ceil(scheduled / 1000) }),
    ...(thread !== undefined && { thread }),
    ...(message !== undefined && { message }),
    rev: 0,
    attempt: 1,
    try: 0,
    ...(sending && captured && !later && { ...capture, sent_at: at }),
    ...(later ? due(id, scheduled) : waits && due(id, now + recovery * 1000)),
    ...(sending && content.asked.server !== undefined && forcedMark(version.id, content.asked.server, id)),
    expires_at: expiresAt,
    ...(parts.retention.events_days < parts.retention.heads_days && { events_days: parts.retention.events_days }),
  };
}

function recipient(
  { id, version, suppressed }: Parts,
  { address, key, field }: Addressee,
  n: number,
  expiresAt: number,
): Put {
  const why = suppressed.get(key);
  const left = why === undefined ? {} : { state: "suppressed", failure_type: why };
  return {
    put: {
      ...keys.emailRecipient(version.id, id, n),
      n,
      address,
      field,
      ...left,
      ...indexed(version, id, { key }),
      expires_at: expiresAt,
    },
  };
}

function ownId({ id, version, content, thread, now }: Parts, expiresAt: number): Put[] {
  if (content.message_id.startsWith(`<${id}@`)) return [];
  const expires_at = ReplyRef.atLeast({ thread, expires_at: expiresAt }, now);
  return [{ put: { ...keys.messageId(version.id, content.message_id, id), expires_at } }];
}

function replyRef({ id, version, thread, message, now }: Parts): Put[] {
  if (thread === undefined || message !== undefined) return [];
  return [ReplyRef.put(version.id, id, { thread, message: null, internal: false }, now)];
}

/** The recipient index attributes: a keyed hash, so that the index by itself names nobody. */
function indexed(version: Version, id: string, { key }: Pick<Addressee, "key">) {
  return { recipient_pk: recipientPartition(version, key), recipient_sk: id };
}

export function recipientPartition({ id, pepper }: Pick<Version, "id" | "pepper">, address: string): string {
  return `RCPT#${id}#${createHmac("sha256", pepper).update(address).digest("base64url").slice(0, 22)}`;
}

/** At most so many characters, never half a surrogate pair. */
const clip = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1).toWellFormed()}…`;
