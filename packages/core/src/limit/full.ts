/** What this process has seen full, by whose store and by database: the day and the revision of the limit. */
const seen = new WeakMap<object, Map<string, string>>();

/** Databases remembered at most. */
const most = 10_000;

/**
 * Remembers that a day's counter was found full. A hint and no truth, for recipients are given back: whoever finds it
 * reads the counter first, and where that says the same is spared a body and a transaction that would be cancelled.
 */
export function note(owner: object, db: string, day: string, rev: number): void {
  const full = seen.get(owner) ?? new Map<string, string>();
  seen.set(owner, full);
  if (full.size >= most) full.clear();
  full.set(db, `${day}#${rev}`);
}

/** Whether the counter was full when it was last seen by this process. */
export const isNoted = (owner: object, db: string, day: string, rev: number): boolean =>
  seen.get(owner)?.get(db) === `${day}#${rev}`;
