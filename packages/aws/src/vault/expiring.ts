import type { Clock } from "@posthouse/core/ports/clock";

/** Values that are made once and kept for a while: at most `most` of them, each for `ms`. */
export function expiring<T>(
  clock: Clock,
  ms: number,
  most: number,
): (key: string, make: () => Promise<T>) => Promise<T> {
  const entries = new Map<string, { until: number; value: Promise<T> }>();
  return (key, make) => {
    const known = entries.get(key);
    if (known && clock.now() < known.until) return known.value;
    const value = make();
    // A failure is not worth keeping: the next call tries again. Who awaits `value` sees it.
    value.catch(() => entries.get(key)?.value === value && entries.delete(key));
    entries.delete(key);
    entries.set(key, { until: clock.now() + ms, value });
    const [oldest] = entries.keys();
    if (entries.size > most && oldest !== undefined) entries.delete(oldest);
    return value;
  };
}
