const minute = 60_000;

/** R-FAIL-6, in minutes; then hourly. */
const minutes = [1, 2, 4, 8, 15, 30, 60];

/** How long to wait after the `n`-th try failed for now, in ms (R-FAIL-6). */
export const delayAfter = (n: number): number => (minutes[n - 1] ?? 60) * minute;
