import type { Version } from "../database/version.ts";
import type { Id } from "../id.ts";
import { dayOf } from "../limit/day.ts";
import type { ServerRecord } from "./record.ts";

/** The limits of a server in recipients (R-LIM-5, R-PERS-3); null = none of that kind. */
export interface Limits {
  readonly server: Id<"server">;
  readonly per_minute: number | null;
  readonly per_day: number | null;
  /** When its day ends, `HH:MM` UTC: the counting day of the database. */
  readonly reset_utc: string;
}

/** What a server has used of its limits, as one item: that of the minute and the day it was last written in. */
export interface Use {
  /** A calendar minute, UTC: `2026-11-23T10:06`. */
  readonly minute: string;
  readonly used: number;
  /** What the line has let mail through for in this minute, and that mail has not come for yet; gone with the minute. */
  readonly reserved: number;
  /** A counting day (R-LIM-2). */
  readonly day: string;
  readonly day_used: number;
  /** How many have joined its line since that was last empty; 0 = nobody waits. */
  readonly waiting: number;
  /** Raised by each change but joining: a change names the revision it saw. 0 = never written. */
  readonly rev: number;
}

/** What a personal server lets through a calendar minute where it says nothing else (R-PERS-3). */
const personal = 30;

/** The limits of a server, `platform` records included; null where it has none. */
export function limitsOf(
  { id, owner, limit_per_day: per_day, limit_per_minute }: ServerRecord,
  { reset_utc }: Pick<Version, "reset_utc">,
): Limits | null {
  const per_minute = limit_per_minute ?? (owner === null ? null : personal);
  return per_minute === null && per_day === null ? null : { server: id, per_minute, per_day, reset_utc };
}

/** Nothing used yet. */
export const unused: Use = { minute: "", used: 0, reserved: 0, day: "", day_used: 0, waiting: 0, rev: 0 };

const minuteMs = 60_000;
const minuteOf = (now: number): string => new Date(now).toISOString().slice(0, 16);

/** When the next calendar minute begins, ms. */
export const nextMinute = (now: number): number => (Math.floor(now / minuteMs) + 1) * minuteMs;

/** Whether two moments (ms) are in one calendar minute. */
export const isSameMinute = (one: number, other: number): boolean => minuteOf(one) === minuteOf(other);

/** How far clocks may be apart, in ms: what is later than that was written by one that was wrong. */
const apart = 2 * minuteMs;

/**
 * The use as of now: a new minute and a new day begin with nothing used. One that is a little later than ours was
 * written by somebody whose clock is ahead: it stands, so that no two processes count one minute twice. One that is
 * far ahead would hold mail up until then: what is used of it counts for now.
 */
export function asOf(use: Use, { reset_utc }: Pick<Limits, "reset_utc">, now: number): Use {
  const minute = minuteOf(now);
  const day = dayOf(now, reset_utc);
  return {
    ...use,
    ...(minute > use.minute && { minute, used: 0, reserved: 0 }),
    ...(day > use.day && { day, day_used: 0 }),
    ...(use.minute > minuteOf(now + apart) && { minute }),
    ...(use.day > dayOf(now + apart, reset_utc) && { day }),
  };
}

/** Whether the one use begins before the other: a clock that was far ahead is put right. */
export const isBefore = (one: Use, other: Use): boolean => one.minute < other.minute || one.day < other.day;

const fits = (used: number, n: number, limit: number | null): boolean =>
  limit === null || used + n <= limit || (used === 0 && n > limit);

/**
 * How many mails, from the first on, a line lets through now, and the use with room reserved for them. Nobody is passed
 * over: what does not fit holds up all behind it. A mail with more recipients than a whole minute's (day's) limit goes
 * alone when the minute (day) is fresh, for waiting could not help.
 * @param use as of now.
 * @param sizes the recipients of each mail, in order.
 */
export function reserve(
  use: Use,
  { per_minute, per_day }: Pick<Limits, "per_minute" | "per_day">,
  sizes: readonly number[],
): { readonly count: number; readonly use: Use } {
  let { reserved } = use;
  let count = 0;
  for (const n of sizes) {
    if (!fits(use.used + reserved, n, per_minute) || !fits(use.day_used + reserved, n, per_day)) break;
    reserved += n;
    count++;
  }
  return { count, use: { ...use, reserved } };
}

/**
 * The use once a mail that is to be handed over now has its room; undefined where there is none. Who comes by itself
 * waits behind all who wait, and leaves alone what is reserved. Mail that its line has let through shares what is
 * reserved in that minute, whenever it was let through: late mail is as much within the limit, and goes on.
 * @param use as of now.
 */
export function take(
  use: Use,
  { per_minute, per_day }: Pick<Limits, "per_minute" | "per_day">,
  n: number,
  letThrough: boolean,
): Use | undefined {
  if (use.waiting > 0 && !letThrough) return undefined;
  const others = letThrough ? 0 : use.reserved;
  if (!fits(use.used + others, n, per_minute) || !fits(use.day_used + others, n, per_day)) return undefined;
  const reserved = letThrough ? Math.max(0, use.reserved - n) : use.reserved;
  return { ...use, used: use.used + n, day_used: use.day_used + n, reserved };
}

/** Whether a minute with nothing used would let the first of these through; otherwise it is the day that is full. */
export const fitsNextMinute = (use: Use, limits: Limits, sizes: readonly number[]): boolean =>
  reserve({ ...use, used: 0, reserved: 0, day_used: use.day_used + use.reserved }, limits, sizes).count > 0;

/** The use when `n` recipients that took room at `at` (ms) were not handed over: no other minute or day gains. */
export function without(use: Use, limits: Limits, n: number, at: number): Use {
  const { minute, day } = asOf(unused, limits, at);
  return {
    ...use,
    ...(use.minute === minute && { used: Math.max(0, use.used - n) }),
    ...(use.day === day && { day_used: Math.max(0, use.day_used - n) }),
  };
}

/** How many mails there may be room for now, each having a recipient at least. */
export function roomFor({ used, reserved, day_used }: Use, { per_minute, per_day }: Limits): number {
  const left = (limit: number | null, of: number) =>
    limit === null ? Number.POSITIVE_INFINITY : limit - of - reserved;
  return Math.max(0, Math.min(left(per_minute, used), left(per_day, day_used)));
}
