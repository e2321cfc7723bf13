import type { Version } from "../database/version.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Store } from "../ports/store.ts";
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
  /** Days with mail, newest first, today included. */
  readonly history: readonly { readonly date: string; readonly accepted: number }[];
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
  const [items, waiting] = await Promise.all([store.batchGet(counters, { consistent: true }), held(store, version.id)]);
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
    history: days.map((day) => ({ date: day, accepted: of(day) })).filter(({ accepted }) => accepted > 0),
  };
}

/** Mails in line that are counted at most, in pages of {@link page}: what is shown must not cost with what waits. */
const most = 10_000;
const page = 1_000;

async function held(store: Store, db: string): Promise<number> {
  const { pk } = keys.line(db, "platform");
  let sum = 0;
  let cursor: string | undefined;
  for (let read = 0; read < most; read += page) {
    const found = await store.query({
      pk,
      prefix: keys.placePrefix,
      limit: page,
      ...(cursor !== undefined && { cursor }),
    });
    sum += found.items.reduce((all, { n }) => all + Number(n), 0);
    cursor = found.cursor;
    if (cursor === undefined) break;
  }
  return sum;
}

/** Recipients counted so far: what the limit was and what is left of it, both of one revision. */
export const usedOf = ({ limit, left }: Pick<Counter, "limit" | "left">): number => limit - left;
