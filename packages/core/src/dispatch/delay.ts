const minute = 60_000;

/** Seconds an email waits at most, by kind, unless the caller says (R-FAIL-6). */
export const defaultExpiry = { transactional: 24 * 3600, mass: 72 * 3600 } as const;

/** R-FAIL-6, in minutes; then hourly. */
const minutes = [1, 2, 4, 8, 15, 30, 60];

/** The try from which on the next is an hour later. */
export const hourly = minutes.length;

/** How long to wait after the `n`-th try failed for now, in ms (R-FAIL-6). */
export const delayAfter = (n: number): number => (minutes[n - 1] ?? 60) * minute;

/** A last try is worth a wait of at least so long, and is made so long before the end, in ms. */
const margin = 30_000;

/**
 * When to try again after the `n`-th try failed for now: after its delay, or for the last time shortly before the end,
 * with time for the tick to take it up.
 * @param now ms
 * @param end ms, when waiting ends in failure
 * @param tick ms between two ticks
 * @returns ms; undefined when that is too near
 */
export function after(n: number, now: number, end: number, tick: number): number | undefined {
  const last = end - margin - tick;
  const next = now + delayAfter(n);
  if (next <= last) return next;
  return last - now >= margin ? last : undefined;
}
