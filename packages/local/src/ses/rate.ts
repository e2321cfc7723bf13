/** A leaky bucket that holds one second of its rate. */
export interface Bucket {
  /** Takes `n` at `rate` a second; false when that is too fast. An empty bucket takes any `n` and then owes it. */
  take(n: number, rate: number, now: number): boolean;
}

/** An empty bucket; `now` is in epoch milliseconds, and a clock set back refills nothing. */
export function createBucket(): Bucket {
  let level = 0;
  let at = 0;
  return {
    take(n, rate, now) {
      level = Math.max(0, level - (Math.max(0, now - at) / 1000) * rate);
      at = now;
      if (level > 0 && level + n > rate) return false;
      level += n;
      return true;
    },
  };
}
