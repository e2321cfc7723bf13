import { createHash } from "node:crypto";
import * as Id from "../id.ts";
import * as keys from "../keys.ts";
import type { Item, Put } from "../ports/store.ts";
import type { Mail } from "./mail.ts";
import * as Blob from "./object.ts";
import type { Receipt, Verdicts } from "./receipt.ts";

/** `unmatched` = a delivery report or complaint without proof (R-FAIL-4); `unrouted` = all else that is kept. */
export type Status = "unmatched" | "unrouted";

/** Where a mail went, and why. */
export interface Route {
  /** `report`: it was taken for a report; `none`: nothing claimed it. */
  readonly rule: "report" | "none";
  /** For people. */
  readonly why: string;
}

/** A mail that came in for a database, as stored. */
export interface ReceivedRecord {
  readonly id: Id.Id<"received">;
  readonly database: string;
  readonly status: Status;
  readonly route: Route;
  /** ISO 8601 UTC. */
  readonly received_at: string;
  /** Null = the empty reverse-path. */
  readonly envelope_from: string | null;
  /** Those of this database. */
  readonly recipients: readonly string[];
  readonly from: string | null;
  readonly subject: string | null;
  readonly message_id: string | null;
  /** Octets of the whole mail. */
  readonly size: number;
  readonly verdicts: Verdicts;
  /** Key of the database's own copy. */
  readonly blob: string;
  /** When the application said that it has it, ISO 8601 UTC; null = not yet. */
  readonly confirmed_at: string | null;
  /** Epoch seconds. */
  readonly expires_at: number;
}

/** What a mail becomes for one database: its id is the same whenever the same receipt is taken in. */
export function make(
  db: string,
  receipt: Receipt,
  mail: Mail,
  { recipients, status, route, part = 0 }: Pick<ReceivedRecord, "recipients" | "status" | "route"> & { part?: number },
): ReceivedRecord {
  const at = Date.parse(receipt.received_at);
  const bytes = (count: number) =>
    createHash("sha256").update(`${receipt.id}#${db}#${part}`).digest().subarray(0, count);
  const id = Id.make("received", { clock: { now: () => at }, random: { bytes } });
  const { from, subject, message_id, raw } = mail;
  const { received_at, envelope_from, verdicts } = receipt;
  return {
    id,
    database: db,
    status,
    route,
    received_at,
    envelope_from,
    recipients,
    from,
    subject,
    message_id,
    size: raw.length,
    verdicts,
    blob: Blob.copyOf(db, id),
    confirmed_at: null,
    expires_at: Math.floor(at / 1000) + Blob.days * 86_400,
  };
}

/** The index partition of a database's mail that the application has not confirmed. */
export const unconfirmed = (db: string): string => keys.received(db, "").pk;

/** Writes it, unconfirmed. */
export const put = (record: ReceivedRecord): Put => ({
  put: {
    ...keys.received(record.database, record.id),
    ...record,
    mark_pk: unconfirmed(record.database),
    mark_sk: record.id,
  },
});

const own = new Set(["pk", "sk", "mark_pk", "mark_sk"]);

/** The record in an item, without the attributes of keys and indexes. */
export const fromItem = (item: Item): ReceivedRecord =>
  Object.fromEntries(Object.entries(item).filter(([name]) => !own.has(name))) as unknown as ReceivedRecord;
