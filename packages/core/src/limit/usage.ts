import type { Version } from "../database/version.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Counter } from "./counter.ts";
import { dayOf, resetsAt } from "./day.ts";

/** What a database has used of its daily limit (R-LIM-2). All numbers are recipients of platform mail. */
export interface Usage {
  readonly date: string;
  readonly used: number;
  readonly limit: number;
  readonly remaining: number;
  readonly resets_at: string;
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
  const items = await store.batchGet(
    days.map((day) => keys.usage(version.id, day)),
    { consistent: true },
  );
  const used = new Map(items.map((item) => [item.pk, usedOf(item as unknown as Counter)]));
  const of = (day: string) => used.get(keys.usage(version.id, day).pk) ?? 0;
  const date = dayOf(now, reset_utc);
  return {
    date,
    used: of(date),
    limit: version.limit,
    remaining: Math.max(0, version.limit - of(date)),
    resets_at: resetsAt(now, reset_utc),
    history: days.map((day) => ({ date: day, accepted: of(day) })).filter(({ accepted }) => accepted > 0),
  };
}

/** Recipients counted so far: what the limit was and what is left of it, both of one revision. */
export const usedOf = ({ limit, left }: Pick<Counter, "limit" | "left">): number => limit - left;
