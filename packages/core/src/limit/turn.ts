/** Those who wait for a turn at a key, by whatever the keys belong to. */
const lines = new WeakMap<object, Map<string, Promise<unknown>>>();

/**
 * Runs `work` after all earlier work on the same key in this process. Requests side by side in one process would only
 * cancel each other's transactions on a hot item, and pay for each. Says nothing of other processes: they conflict at
 * the store, and try again.
 */
export async function inTurn<T>(owner: object, key: string, work: () => Promise<T>): Promise<T> {
  const line = lines.get(owner) ?? new Map<string, Promise<unknown>>();
  lines.set(owner, line);
  const before = line.get(key) ?? Promise.resolve();
  const mine = before.then(work, work);
  line.set(key, mine);
  try {
    return await mine;
  } finally {
    if (line.get(key) === mine) line.delete(key);
  }
}
