const [minute, hour] = [60, 3_600];

/** Seconds from one attempt to the next: the first lasts as long as a restart, all of them together over a day. */
const waits = [5, 30, 2 * minute, 5 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 4 * hour, 8 * hour, 12 * hour];

/** How far a wait is stretched or shortened at random, so that what failed together does not come back together. */
const spread = 0.1;

/** Attempts of a delivery at most. */
export const attempts = waits.length + 1;

/**
 * How long after a failed attempt the next one is made, in ms; undefined after the last. From the first to the last it
 * is 24 hours at least, whatever the chances.
 * @param failed attempts so far, 1 or more. @param chance 0 to 1
 */
export function waitAfter(failed: number, chance: number): number | undefined {
  const wait = waits[failed - 1];
  return wait === undefined ? undefined : Math.round(wait * 1000 * (1 - spread + 2 * spread * chance));
}

/**
 * How long a delivery is pursued at most, in ms: the attempts with all their waits, and what is left alone of them
 * because the endpoint is silent. One that was never tried by then has an attempt still to come.
 */
export const patience = 36 * hour * 1000;

/** Rests of an endpoint that was silent, in ms: each time in a row for longer. */
export const restFor = (times: number): number => Math.min(hour, 30 * 2 ** Math.max(0, times - 1)) * 1000;

/** The least wait of a delivery at whose endpoint there is no trying, in ms. */
const moment = 30_000;
/** Wait of one whose time is over, and whose only attempt has not been made, in ms. */
const overtime = 15 * minute * 1000;

/**
 * How long a delivery waits whose endpoint rests, in ms: until the rest is over, and as long again as it has waited
 * already, since each look costs a write; up to half more at random, so that few look at the same time.
 * @param since when it began, ms. @param rest until when the endpoint rests, ms. @param chance 0 to 1
 */
export function waitAtRest(since: number, rest: number, now: number, chance: number): number {
  const over = since + patience;
  if (now >= over) return overtime * (1 + chance);
  const wait = Math.max(moment, rest - now, now - since);
  return Math.min(wait * (1 + chance / 2), Math.max(moment, over - now));
}
