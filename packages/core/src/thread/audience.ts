import { due } from "../email/due.ts";
import type { Id } from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item, Key, Put, Update, Write } from "../ports/store.ts";
import type { NotSent, Told } from "./told.ts";

/** How far telling the followers of a message is. Small, for every step of that changes it. */
export interface AudienceRecord {
  readonly database: Id<"database">;
  readonly thread: Id<"thread">;
  readonly message: Id<"message">;
  /** Followers who are told in the inbox, and how many of them are. */
  readonly inbox_total: number;
  readonly inbox_done: number;
  /** Followers who are told by email, and for how many of them that is settled. */
  readonly email_total: number;
  readonly email_done: number;
  /** The batches that their emails were accepted in; `n` is how many each was for. */
  readonly batches: readonly { readonly id: Id<"batch">; readonly n: number }[];
  readonly inbox: number;
  readonly emails: number;
  readonly held: number;
  /** Who is not told by email; the first hundred. What that means is in `reasons`. */
  readonly not_sent: readonly { readonly address: string; readonly reason: string }[];
  readonly not_sent_count: number;
  readonly reasons: Readonly<Record<string, Omit<NotSent, "address" | "reason">>>;
  /** What there is no room for is held, whatever `on_limit` says (R-LIM-4). */
  readonly holds: boolean;
  /** The author is a user, by whose own server it may go (R-PERS-2). */
  readonly creator: boolean;
  /** The domains that the poster's key is bound to. */
  readonly from_domains?: readonly string[];
  readonly created_at: string;
  /** Epoch seconds. */
  readonly expires_at: number;
}

/** What became of some followers at once. */
export interface Step {
  /** How many of those in turn it was. */
  readonly inbox?: number;
  readonly email?: number;
  /** What of them came about. */
  readonly entries?: number;
  readonly emails?: number;
  readonly held?: number;
  readonly batch?: { readonly id: Id<"batch">; readonly n: number };
  readonly left?: readonly NotSent[];
  /** Who is not told either, and nobody knows any more who that is. */
  readonly lost?: number;
}

/** Who is not told, as so many are shown. */
const shown = 100;

export const keyOf = ({ database, thread, message }: Pick<AudienceRecord, "database" | "thread" | "message">): Key =>
  keys.audience(database, thread, message);

/** Whom it is for lies beside it, until all are told. */
export const peopleKey = (key: Key): Key => ({ pk: key.pk, sk: `${key.sk}${peopleSuffix}` });
export const peopleSuffix = "#WHO";

/** The record in an item. */
export const fromItem = (item: Item): AudienceRecord => item as unknown as AudienceRecord;

/** How far telling a message is, strongly read; undefined where there is, or was, nobody to tell. */
export async function find(
  { store }: Pick<Ports, "store">,
  key: Pick<AudienceRecord, "database" | "thread" | "message">,
): Promise<AudienceRecord | undefined> {
  const item = await store.get(keyOf(key), { consistent: true });
  return item && fromItem(item);
}

export const isDone = ({ inbox_done, inbox_total, email_done, email_total }: AudienceRecord): boolean =>
  inbox_done >= inbox_total && email_done >= email_total;

/** Writes it for the first time; the tick takes it up at `at` (ms) where nobody else has gone on. */
export const put = (record: AudienceRecord, at: number): Put => ({
  put: { ...keyOf(record), ...record, ...due(record.message, at), due_n: 0 },
  if: "attribute_not_exists(pk)",
});

/**
 * Writes what became of some, where nobody was faster since `record` was read; the last such step forgets whom it was
 * for. @param at ms: when the tick goes on, where nobody else does.
 */
export function advance(record: AudienceRecord, step: Step, at: number): Write[] {
  const next = after(record, step);
  const done = isDone(next);
  const { inbox_done, email_done, batches, inbox, emails, held, not_sent, not_sent_count, reasons } = next;
  const key = keyOf(record);
  const update: Update = {
    update: key,
    set: {
      ...{ inbox_done, email_done, batches, inbox, emails, held, not_sent, not_sent_count, reasons },
      ...(!done && { ...due(record.message, at), due_n: 0 }),
    },
    ...(done && { remove: ["due_pk", "due_sk", "due_n"] }),
    if: "attribute_exists(pk) AND #inbox_done = :inbox AND #email_done = :email",
    values: { inbox: record.inbox_done, email: record.email_done },
  };
  return done ? [update, { delete: peopleKey(key) }] : [update];
}

/** The record after a step. */
export function after(record: AudienceRecord, step: Step): AudienceRecord {
  const { inbox = 0, email = 0, entries = 0, emails = 0, held = 0, batch, left = [], lost = 0 } = step;
  const reasons = Object.fromEntries(left.map(({ address: _address, reason, ...words }) => [reason, words]));
  const gone = left.map(({ address, reason }) => ({ address, reason }));
  return {
    ...record,
    inbox_done: record.inbox_done + inbox,
    email_done: record.email_done + email,
    batches: batch ? [...record.batches, batch] : record.batches,
    inbox: record.inbox + entries,
    emails: record.emails + emails,
    held: record.held + held,
    not_sent: [...record.not_sent, ...gone].slice(0, shown),
    not_sent_count: record.not_sent_count + left.length + lost,
    reasons: { ...record.reasons, ...reasons },
  };
}

const none: Told = { emails: 0, held: 0, inbox: 0, not_sent: [], not_sent_count: 0, pending: 0 };

/** What became of telling a message, for people. */
export function toldOf(record: AudienceRecord | undefined): Told {
  if (!record) return none;
  const { emails, held, inbox, not_sent, not_sent_count, reasons } = record;
  return {
    emails,
    held,
    inbox,
    not_sent: not_sent.map((one) => ({ ...one, ...(reasons[one.reason] ?? { message: "" }) })),
    not_sent_count,
    pending: record.inbox_total - record.inbox_done + record.email_total - record.email_done,
  };
}
