import type { Version } from "../database/version.ts";
import type { Ports } from "../ports/main.ts";
import type { Put, Update } from "../ports/store.ts";
import * as Outbox from "../webhook/outbox.ts";
import { wanted } from "../webhook/wanted.ts";
import type { Counter } from "./counter.ts";

/** What of a day's limit is told to the database, in percent of it used (R-LIM-5). */
const thresholds = [80, 100] as const;

/** What may be left at most when so many percent are used. */
const leftAt = (limit: number, percent: number): number => limit - Math.ceil((limit * percent) / 100);

/**
 * The part of a charge's condition that fails where it crosses a threshold nobody was told of yet: the ordinary charge
 * carries it, so that the warnings cost no read and no write but when they are given.
 */
export const quiet = (limit: number, n: number): Crossing["charge"] => ({
  if: thresholds.map((percent) => `(#left > :left${percent} OR #warned >= :told${percent})`).join(" AND "),
  values: Object.fromEntries(
    thresholds.flatMap((percent) => [
      [`left${percent}`, n + leftAt(limit, percent)],
      [`told${percent}`, percent],
    ]),
  ),
});

/** The charge that crosses thresholds: it says so on the counter, and has events for the database's webhooks. */
export interface Crossing {
  readonly charge: Required<Pick<Update, "if" | "values">> & Pick<Update, "set">;
  readonly events: readonly Put[];
}

/** When a counting day is, and when it ends. */
export interface Day {
  readonly day: string;
  readonly resets_at: string;
}

/** What the webhooks of a database are told of `percent` of its limit; `used` as it then is, `now` in ms. */
export function event({ id, limit, limit_rev }: Version, when: Day, percent: number, used: number, now: number): Put {
  const { day, resets_at } = when;
  return Outbox.put(
    id,
    {
      id: `usage.${day}.${String(limit_rev).padStart(10, "0")}.${percent}`,
      type: percent === 100 ? "usage.limit_reached" : "usage.warning",
      data: { percent, used, limit, date: day, resets_at },
    },
    now,
  );
}

/** Those of events that some webhook wants: looked up before the transaction that writes them, and only where there are any. */
export async function told(
  ports: Pick<Ports, "store" | "clock">,
  { id }: Pick<Version, "id">,
  events: readonly Put[],
): Promise<Put[]> {
  if (events.length === 0) return [];
  const types = await wanted(ports, id);
  return events.filter(({ put }) => types.has(put["type"] as Outbox.EventType));
}

/**
 * What a charge of `n` recipients has to tell, on a counter as it was seen: it is made only if that is still so, so each
 * threshold is told once a day and revision of the limit, by whoever crosses it, with the true number.
 * @param now ms
 */
export function crossing(version: Version, when: Day, counter: Counter, n: number, now: number): Crossing {
  const { limit } = version;
  const { warned = 0 } = counter;
  const left = counter.left - n;
  const crossed = thresholds.filter((percent) => warned < percent && left <= leftAt(limit, percent));
  return {
    charge: {
      set: { warned: Math.max(warned, ...crossed) },
      if: "#left = :seen AND (attribute_not_exists(#warned) OR #warned = :told)",
      values: { seen: counter.left, told: warned },
    },
    events: crossed.map((percent) => event(version, when, percent, limit - left, now)),
  };
}
