import type { Id } from "../id.ts";
import type { Item } from "../ports/store.ts";

/** What was removed, each by number; one that was cut short in the middle may be missing from its count. */
export interface Removed {
  /** Emails whose head was blanked: they were to this address alone. */
  readonly heads: number;
  /** Emails to others as well, from which the address was taken. */
  readonly recipients: number;
  /** Bodies that were deleted, or from which the address was taken. */
  readonly bodies: number;
  /** Entries of timelines. */
  readonly events: number;
  /** Emails that waited to be sent to it, and are not. */
  readonly canceled: number;
  readonly received: number;
  readonly deliveries: number;
  /** Other records with the address in them: of webhooks still to be told, of idempotency keys, of the audit trail. */
  readonly records: number;
  /** Of users of the application: whoever it was, and entries of their inbox. */
  readonly users: number;
  readonly inbox: number;
  /** Threads that it followed. */
  readonly followers: number;
  /** Messages of threads that it wrote, which are nobody's now, or that named it. */
  readonly messages: number;
  readonly senders: number;
  readonly suppressions: number;
  readonly opt_outs: number;
}

export const nothing: Removed = {
  heads: 0,
  recipients: 0,
  bodies: 0,
  events: 0,
  canceled: 0,
  received: 0,
  deliveries: 0,
  records: 0,
  users: 0,
  inbox: 0,
  followers: 0,
  messages: 0,
  senders: 0,
  suppressions: 0,
  opt_outs: 0,
};

/** An erasure as it is shown. */
export interface ErasureView {
  readonly id: Id<"erasure">;
  /** `done`: all that there was is gone; it is swept once more a little later, for what was being written meanwhile. */
  readonly status: "running" | "done";
  /** The keyed hash that the address is known by in the recipient index, of this database alone. */
  readonly address_hash: string;
  /** ISO 8601 UTC. */
  readonly created_at: string;
  readonly completed_at: string | null;
  readonly swept_at: string | null;
  /** Emails that are being handed over at the moment: they are erased once that has ended. */
  readonly waiting: number;
  readonly removed: Removed;
  /** What is kept so that the address is not mailed again. */
  readonly kept: { readonly suppressions: number; readonly opt_outs: number };
}

/** The same as stored. */
export interface ErasureRecord extends ErasureView {
  readonly database: Id<"database">;
  /** Whether suppression and opt-out go as well. */
  readonly suppressions: boolean;
  /** The address, sealed; absent once it is swept. */
  readonly sealed?: string;
  /** How far this pass is: the stage, and within it where it goes on. */
  readonly stage: number;
  readonly cursor?: string;
  /** Passes ended. */
  readonly passes: number;
  /** Raised by each step: of two who work on it one goes on. */
  readonly rev: number;
  /** Epoch seconds. */
  readonly expires_at: number;
}

/** The record in an item. */
export const fromItem = (item: Item): ErasureRecord => item as unknown as ErasureRecord;

/** What is shown of a record. */
export const view = (record: ErasureRecord): ErasureView => {
  const { id, status, address_hash, created_at, completed_at, swept_at, waiting, removed, kept } = record;
  // One that was begun before there were threads counts nothing of them
  const all = { ...nothing, ...removed };
  return { id, status, address_hash, created_at, completed_at, swept_at, waiting, removed: all, kept };
};
