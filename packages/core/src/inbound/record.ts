import { createHash } from "node:crypto";
import * as Id from "../id.ts";
import * as keys from "../keys.ts";
import { forward } from "../migration/forward.ts";
import type { Authentication } from "../ports/mail-auth.ts";
import type { Item, Put } from "../ports/store.ts";
import type { RecordRef } from "../thread/record.ts";
import type { Mail } from "./mail.ts";
import * as Blob from "./object.ts";
import type { Receipt, Verdicts } from "./receipt.ts";
import { original } from "./srs.ts";

/**
 * What became of a mail: `threaded` = a message on a thread; `reply` = it answers an email without one; `unmatched` = a
 * delivery report or complaint without proof (R-FAIL-4); `rejected` = nothing took it, and it is kept to be routed by hand.
 */
export const statuses = ["threaded", "reply", "unmatched", "rejected"] as const;

/** One of them. */
export type Status = (typeof statuses)[number];

/** What decided, in the words of the rules: R-FAIL-4, the spam and virus settings, R-IN-1 to R-IN-5, `manual` = by hand. */
export const rules = [
  "report",
  "virus",
  "spam",
  "reply",
  "alias",
  "catchall",
  "refused",
  "loop",
  "none",
  "manual",
] as const;

/** Where a mail went, and why. */
export interface Route {
  readonly rule: (typeof rules)[number];
  /** For people. */
  readonly why: string;
  /** The thread it is a message of; `new` until the application says which record it made of it. */
  readonly thread?: RecordRef & { readonly id: Id.Id<"thread">; readonly new: boolean };
  readonly message?: Id.Id<"message">;
  /** The address of the routing alias that took or refused it. */
  readonly alias?: string;
  /** The email it answers. */
  readonly email?: Id.Id<"email">;
}

/** A mail that came in for a database, as stored. */
export interface ReceivedRecord {
  readonly id: Id.Id<"received">;
  readonly database: string;
  readonly status: Status;
  readonly route: Route;
  /** How it came in: by MX, or as {@link Receipt} says (R-IN-8). */
  readonly source: "mx" | "api" | "incoming";
  /** The email it answers (R-IN-1); null = none is known. */
  readonly in_reply_to_email: Id.Id<"email"> | null;
  /** ISO 8601 UTC. */
  readonly received_at: string;
  /** Null = the empty reverse-path; of mail that did not come over SES also an unknown one. */
  readonly envelope_from: string | null;
  /** The same without what forwarders have made of it (SRS). */
  readonly envelope_sender: string | null;
  /** Those of this database. */
  readonly recipients: readonly string[];
  readonly from: string | null;
  readonly subject: string | null;
  readonly message_id: string | null;
  /** Octets of the whole mail. */
  readonly size: number;
  readonly verdicts: Verdicts;
  /** Who vouches for it; null = nobody could be asked. */
  readonly authentication: Authentication | null;
  /** Key of the database's own copy. */
  readonly blob: string;
  /** When the application said that it has it, ISO 8601 UTC; null = not yet. */
  readonly confirmed_at: string | null;
  /** Epoch seconds. */
  readonly expires_at: number;
}

/** What is decided of a mail. */
export type Decided = Pick<ReceivedRecord, "status" | "route" | "recipients" | "in_reply_to_email" | "authentication">;

/**
 * The id of what a mail becomes: the same whenever the same receipt is taken in.
 * @param what tells apart what one mail becomes at different places
 */
export function idOf(db: string, receipt: Pick<Receipt, "id" | "received_at">, what: string): Id.Id<"received"> {
  const at = Date.parse(receipt.received_at);
  const bytes = (count: number) =>
    createHash("sha256").update(`${receipt.id}#${db}#${what}`).digest().subarray(0, count);
  return Id.make("received", { clock: { now: () => at }, random: { bytes } });
}

/** The id of the message that a mail becomes. */
export const messageOf = (id: Id.Id<"received">): Id.Id<"message"> => `msg_${id.slice("rcv_".length)}`;

/** Longest reverse-path that is shown, in characters, and so many recipients are listed: an item has 400 KB. */
const most = { path: 1_000, recipients: 500 };

/** What a mail becomes for one database. */
export function make(
  db: string,
  id: Id.Id<"received">,
  receipt: Receipt,
  { from, subject, message_id, raw }: Mail,
  decided: Decided,
): ReceivedRecord {
  const { received_at, verdicts, source = "mx" } = receipt;
  const { status, route, in_reply_to_email, authentication } = decided;
  const envelope_from = receipt.envelope_from?.slice(0, most.path).toWellFormed() ?? null;
  return {
    id,
    database: db,
    status,
    route,
    source,
    in_reply_to_email,
    received_at,
    envelope_from,
    envelope_sender: envelope_from && original(envelope_from),
    recipients: decided.recipients.slice(0, most.recipients),
    from,
    subject,
    message_id,
    size: raw.length,
    verdicts,
    authentication,
    blob: Blob.copyOf(db, id),
    confirmed_at: null,
    expires_at: Math.floor(Date.parse(received_at) / 1000) + Blob.days * 86_400,
  };
}

/** The index partition of a database's mail that the application has not confirmed. */
export const unconfirmed = (db: string): string => keys.received(db, "").pk;

/** What lists it among those. */
export const markOf = ({ database, id }: Pick<ReceivedRecord, "database" | "id">) => ({
  mark_pk: unconfirmed(database),
  mark_sk: id,
});

/** Writes it, unconfirmed. */
export const put = (record: ReceivedRecord): Put => ({
  put: {
    ...keys.received(record.database, record.id),
    ...record,
    ...markOf(record),
    v: 2,
  },
});

const own = new Set(["pk", "sk", "mark_pk", "mark_sk", "v"]);

/** The record in an item of any release, without the attributes of keys and indexes. */
export const fromItem = (item: Item): ReceivedRecord =>
  Object.fromEntries(
    Object.entries(forward("received", item)).filter(([name]) => !own.has(name)),
  ) as unknown as ReceivedRecord;
