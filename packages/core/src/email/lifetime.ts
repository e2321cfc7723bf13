/**
 * How long objects may be kept, in days: each is a prefix of the blobs' keys, and the bucket deletes by prefix and
 * age. An object is deleted late, never early; readers check its own end.
 */
export const lifetimes = [8, 40, 130, 400, 4_000] as const;

/** The prefix of the shortest lifetime that is no shorter than so many seconds. */
export function lifetimePrefix(seconds: number): string {
  const days = lifetimes.find((days) => days * 86_400 >= seconds) ?? lifetimes[lifetimes.length - 1];
  return `keep-${days}d`;
}

/** Whether an item's end is past, though it is still there: TTL deletes within some days. `now` in ms. */
export const isOver = ({ expires_at }: { readonly [name: string]: unknown }, now: number): boolean =>
  typeof expires_at === "number" && expires_at * 1000 <= now;

/** The lifetime in ms of a key that begins with such a prefix; undefined for any other. */
export function lifetimeOf(key: string): number | undefined {
  const days = Number(/^keep-(\d+)d\//.exec(key)?.[1]);
  return Number.isNaN(days) ? undefined : days * 86_400_000;
}
