import type { Version } from "../database/version.ts";
import { redPartition } from "../dispatch/hand.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item, Query, Store } from "../ports/store.ts";
import * as Statistics from "../statistics/day.ts";
import type { Counter } from "./counter.ts";
import { dayOf, resetsAt } from "./day.ts";

/** What a database has used of its daily limit (R-LIM-2). All numbers are recipients of platform mail. */
export interface Usage {
  readonly date: string;
  readonly used: number;
  readonly limit: number;
  readonly remaining: number;
  readonly resets_at: string;
  /** Recipients of mail that is held, of the first 10,000 mails in line. */
  readonly held: number;
  /** Emails in the red envelope (R-FAIL-3), counted to 10,000. */
  readonly attention: number;
  /** Days with mail, newest first, today included. */
  readonly history: readonly Day[];
}

/** What became of a day's recipients; what was told on that day, whenever it was sent. Over the platform and not. */
export interface Day {
  readonly date: string;
  /** Recipients that the daily limit was charged with. */
  readonly accepted: number;
  readonly sent: number;
  readonly delivered: number;
  readonly bounced: number;
  readonly complained: number;
  readonly failed: number;
  /** Mails that came in and were kept: no recipients, and on no limit. */
  readonly received: number;
}

const historyDays = 30;
const dayMs = 86_400_000;

/** Today's use and that of the days before. */
export async function usage(ports: Pick<Ports, "store" | "clock">, version: Version): Promise<Usage> {
  const { store, clock } = ports;
  const { reset_utc } = version;
  const now = clock.now();
  const days = Array.from({ length: historyDays }, (_, n) => dayOf(now - n * dayMs, reset_utc));
  const counters = days.map((day) => keys.usage(version.id, day));
  const [items, counted, waiting, attention] = await Promise.all([
    store.batchGet(counters, { consistent: true }),
    Statistics.read(store, version.id, days),
    held(store, version.id),
    marked(store, version.id),
  ]);
  const used = new Map(items.map((item) => [item.pk, usedOf(item as unknown as Counter)]));
  const of = (day: string) => used.get(keys.usage(version.id, day).pk) ?? 0;
  const date = dayOf(now, reset_utc);
  return {
    date,
    used: of(date),
    limit: version.limit,
    remaining: Math.max(0, version.limit - of(date)),
    resets_at: resetsAt(now, reset_utc),
    held: waiting,
    attention,
    history: days
      .filter((day) => of(day) > 0 || counted.has(day))
      .map((day) => ({ date: day, accepted: of(day), ...shown(counted.get(day)) })),
  };
}

const shown = (items: readonly Item[] | undefined): Omit<Day, "date" | "accepted"> => ({
  sent: Statistics.total(items, "sent"),
  delivered: Statistics.total(items, "delivered"),
  bounced: Statistics.total(items, "bounced"),
  complained: Statistics.total(items, "complained"),
  failed: Statistics.total(items, "failed"),
  received: Statistics.total(items, "received"),
});

/** Mails that are counted at most, in pages of {@link page}: what is shown must not cost with what there is. */
const most = 10_000;
const page = 1_000;

const held = (store: Store, db: string): Promise<number> =>
  sum(store, { pk: keys.line(db, "platform").pk, prefix: keys.placePrefix }, ({ n }) => Number(n));

const marked = (store: Store, db: string): Promise<number> =>
  sum(store, { index: "mark", pk: redPartition(db) }, () => 1);

async function sum(store: Store, query: Query, of: (item: Item) => number): Promise<number> {
  let total = 0;
  let cursor: string | undefined;
  for (let read = 0; read < most; read += page) {
    const found = await store.query({ ...query, limit: page, ...(cursor !== undefined && { cursor }) });
    total += found.items.reduce((all, item) => all + of(item), 0);
    cursor = found.cursor;
    if (cursor === undefined) break;
  }
  return total;
}

/** Recipients counted so far: what the limit was and what is left of it, both of one revision. */
export const usedOf = ({ limit, left }: Pick<Counter, "limit" | "left">): number => limit - left;
