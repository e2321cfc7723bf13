import { AppError } from "../error.ts";
import type { Id } from "../id.ts";
import * as keys from "../keys.ts";
import type { Item, Store } from "../ports/store.ts";
import type { Rates } from "../reputation/rate.ts";
import type { Start } from "../reputation/window.ts";

/**
 * The database's one small item. Every accept reads it strongly; every configuration write, limit change and key
 * revocation changes it in its own transaction, so that what was compiled from an older one is never used.
 */
export interface Version {
  readonly id: Id<"database">;
  readonly name: string;
  readonly status: "active" | "paused" | "deleting";
  readonly paused_by: "operator" | "reputation" | null;
  /** The rates it was paused for (R-FAIL-7), and when; null, or absent, unless it is `paused_by: reputation`. */
  readonly paused_for?: ({ readonly at: string } & Rates) | null;
  /** From when on its recipients count for its reputation; absent = always. */
  readonly reputation_from?: Start;
  readonly plan: string;
  readonly apps: readonly string[];
  /**
   * Where its mail goes: out; nowhere, kept to be looked at (staging copies must not mail customers); or all of it to
   * one address.
   */
  readonly delivery: "live" | "capture" | "redirect";
  /** That address; null unless `delivery` is `redirect`. */
  readonly redirect_to: string | null;
  /** The operator's override of the daily limit (R-LIM-1), null = by plan and apps. */
  readonly daily_limit: number | null;
  /** The daily limit in force, in recipients. */
  readonly limit: number;
  /** When its day ends, `HH:MM` UTC (R-LIM-2). */
  readonly reset_utc: string;
  /** Whether its plan may use servers of its own (R-SRV-10). */
  readonly custom_email_servers: boolean;
  /** The revision of the operator's settings that these three were resolved from. */
  readonly operator_revision: number;
  /** Raised with every change of `limit`; a counter of an older revision is moved by the difference. */
  readonly limit_rev: number;
  /** Raised with every configuration write. */
  readonly config_version: number;
  /** Raised with every key revocation: cached keys of an older epoch are read again. */
  readonly key_epoch: number;
  /** Whether the platform can send for it: tenant, configuration set and root identity are associated. */
  readonly provisioned: boolean;
  /** Keys the hash of recipient addresses in the recipient index. */
  readonly pepper: string;
  readonly created_at: string;
  /** When nobody is kept from its name any more, epoch seconds, once it is deleted; absent = in 400 days (R-ADDR-1). */
  readonly name_until?: number;
}

/**
 * Reads the version item, strongly.
 * @throws AppError not_found when the database is gone.
 */
export async function read(store: Store, db: string): Promise<Version> {
  const item = await store.get(keys.version(db), { consistent: true });
  if (!item) throw new AppError("not_found", "The database does not exist (any more).");
  return fromItem(item);
}

/** Attributes that are the table's, not the version's. */
const keysAndIndexes = new Set(["pk", "sk", "list_pk", "list_sk", "due_pk", "due_sk", "due_n"]);

/** The version in an item; the attributes of its keys and indexes are left out. */
export function fromItem(item: Item): Version {
  const own = Object.entries(item).filter(([name]) => !keysAndIndexes.has(name));
  return Object.fromEntries(own) as unknown as Version;
}
