import { createHash } from "node:crypto";
import * as keys from "../keys.ts";
import type { Item, Store, Update, Write } from "../ports/store.ts";

/** What became of a database's recipients on a counting day (R-LIM-2), each counted on the day it was told. */
export interface Counts {
  /** Handed over. */
  readonly sent: number;
  readonly delivered: number;
  readonly bounced: number;
  readonly complained: number;
  /** Known to have failed: what is unknown is counted by what turns out. */
  readonly failed: number;
  /** Handed over to the platform: over a relay, which tells of no delivery, what rates are of (R-FAIL-7). */
  readonly platform_sent: number;
  /**
   * The same of mail over the platform, the mailbox simulator left out: what its reputation is made of (R-FAIL-7). Ended
   * = delivered or bounced; a bounce that may pass (SES's Transient, 4.x.x) is none of its bounces.
   */
  readonly platform_ended: number;
  readonly platform_bounced: number;
  readonly platform_complained: number;
  /** Mail that came in and was kept, in mails. */
  readonly received: number;
}

/** Over how many items a day is spread: transactions on one item cancel each other. */
export const shards = 4;

/** How long a day's counts are kept, in seconds: as long as its daily counter. */
const kept = 400 * 86_400;

/**
 * Adds to a day's counts, in the transaction of what is counted.
 * @param day `YYYY-MM-DD`, of the database's own counting.
 * @param by what is counted, e.g. an email's id: chooses the shard.
 * @param now ms
 */
export function add(db: string, day: string, by: string, counts: Partial<Counts>, now: number): Update {
  const shard = createHash("sha256").update(by).digest().readUInt32BE(0) % shards;
  const expires_at = Math.floor(now / 1000) + kept;
  return { update: keys.statistic(db, day, shard), add: counts as Record<string, number>, set: { expires_at } };
}

/** The counts of some days, by day; none of a day nothing was counted on. */
export async function read(
  store: Pick<Store, "batchGet">,
  db: string,
  days: readonly string[],
): Promise<Map<string, Item[]>> {
  const wanted = days.flatMap((day) => Array.from({ length: shards }, (_, n) => keys.statistic(db, day, n)));
  const items = await store.batchGet(wanted);
  return Map.groupBy(items, ({ pk }) => pk.slice(pk.lastIndexOf("#") + 1));
}

/** The sum of one count over the items of a day. */
export const total = (items: readonly Item[] | undefined, name: keyof Counts): number =>
  (items ?? []).reduce((sum, item) => sum + Number(item[name] ?? 0), 0);

/** Which item of counts a write changes; undefined for any other write. */
export const itemOf = (write: Write): string | undefined =>
  "update" in write && write.update.pk.startsWith(prefix) ? `${write.update.pk} ${write.update.sk}` : undefined;

const prefix = keys.statistic("", "", 0).pk.slice(0, 5);
