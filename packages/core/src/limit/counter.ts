import type { Version } from "../database/version.ts";
import * as keys from "../keys.ts";
import { ConditionFailed, type Item, type Put, type Store, type Update, type Write } from "../ports/store.ts";
import * as Threshold from "./threshold.ts";

/** How long a day's counter is kept, for the usage history. */
const keptSeconds = 400 * 86_400;

/**
 * The daily counter of a database: `left` recipients of the limit it was last moved to. DynamoDB has no arithmetic in
 * conditions, so what is left is stored, not what is used.
 */
export interface Counter {
  readonly left: number;
  readonly limit: number;
  readonly limit_rev: number;
  /** Percent of the limit that the database was told of last (R-LIM-5); 0 = of none, as is none (of an older version). */
  readonly warned?: number;
}

/**
 * Takes `n` recipients off the day's counter: an action for a transaction (R-LIM-3). It fails when the counter was
 * not made yet, belongs to another revision of the limit, or has too little left; and, unless `crossing` says so on it,
 * when a threshold is crossed that the database is to be told of (R-LIM-5).
 */
export function charge(version: Version, day: string, n: number, crossing?: Threshold.Crossing["charge"]): Update {
  const { if: told, values, ...set } = crossing ?? Threshold.quiet(version.limit, n);
  return {
    update: keys.usage(version.id, day),
    add: { left: -n },
    ...set,
    if: `#left >= :n AND #limit_rev = :rev AND ${told}`,
    values: { n, rev: version.limit_rev, ...values },
  };
}

/** Gives `n` recipients back to the day they were taken from: an action for a transaction (R-LIM-3). */
export function giveBack(db: string, day: string, n: number): Update {
  return { update: keys.usage(db, day), add: { left: n }, if: "attribute_exists(pk)" };
}

/** Whose counter a write changes; undefined for any other write. */
export const databaseOf = (write: Write): string | undefined =>
  "update" in write && write.update.sk === keys.usage("", "").sk ? write.update.pk.split("#")[1] : undefined;

/** The counter of a day, read strongly; undefined before its first use. */
export async function read(store: Store, db: string, day: string): Promise<Counter | undefined> {
  return (await store.get(keys.usage(db, day), { consistent: true })) as Counter | undefined;
}

/**
 * Brings the counter to the revision of the limit that `version` has: makes it on its first use in a day, moves an
 * older one by the difference of the limits. A counter that is newer, or that somebody else has moved meanwhile, is
 * left as it is.
 */
export async function align(store: Store, version: Version, day: string, now: number, item?: Item): Promise<void> {
  const found = item as unknown as Counter | undefined;
  if (found && found.limit_rev >= version.limit_rev) return;
  try {
    await store.write(found ? move(version, day, found) : make(version, day, now));
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

function make(version: Version, day: string, now: number): Put {
  const { id, limit, limit_rev } = version;
  const expires_at = Math.floor(now / 1000) + keptSeconds;
  return {
    put: { ...keys.usage(id, day), left: limit, limit, limit_rev, warned: 0, expires_at },
    if: "attribute_not_exists(pk)",
  };
}

function move(version: Version, day: string, found: Counter): Update {
  return {
    update: keys.usage(version.id, day),
    add: { left: version.limit - found.limit },
    set: { limit: version.limit, limit_rev: version.limit_rev, warned: 0 },
    if: "#limit_rev = :old",
    values: { old: found.limit_rev },
  };
}
