/** How long mail waited, in whole seconds. */
export interface Delays {
  add(seconds: number, n: number): void;
  /** The wait that so large a part of them did not exceed, 0 to 1. */
  quantile(part: number): number;
}

const longest = 4 * 86_400;

/** None yet. */
export function create(): Delays {
  const counts = new Float64Array(longest + 1);
  let all = 0;
  return {
    add(seconds, n) {
      const place = Math.min(longest, Math.max(0, seconds));
      counts[place] = (counts[place] ?? 0) + n;
      all += n;
    },
    quantile(part) {
      let left = all * part;
      return Math.max(
        0,
        counts.findIndex((n) => (left -= n) <= 0 && n > 0),
      );
    },
  };
}
