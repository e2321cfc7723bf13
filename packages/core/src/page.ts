/** A page of a list. */
export interface Page<T> {
  readonly data: readonly T[];
  readonly has_more: boolean;
  /** Where a filter's bounded scan stopped: the `after` (or `before`) to go on with. */
  readonly cursor: string | null;
}

/** Which page. */
export interface Place {
  readonly limit: number;
  /** Whether it is read in the order of the list; one that ends before a cursor is read against it. */
  readonly forward: boolean;
  /** The cursor behind which reading begins; undefined = from the end where it begins. */
  readonly start: string | undefined;
}

/** What was read at once. */
export interface Stretch<T> {
  /** The cursors of all that was read, in the direction of reading. */
  readonly read: readonly string[];
  /** What of it passes the filter, in the same order. */
  readonly found: readonly T[];
  /** Whether more may follow. */
  readonly more: boolean;
}

/** Items read for one page at most: a filter that nothing passes must not read everything. */
const scanned = 2_000;

/**
 * Fills a page: reads on until it is full, nothing follows, or 2,000 items were read.
 * @param next reads the stretch behind a cursor, in the direction of reading.
 */
export async function fill<T extends { readonly id: string }>(
  { limit, forward, start }: Place,
  next: (cursor: string | undefined) => Promise<Stretch<T>>,
): Promise<Page<T>> {
  const all: T[] = [];
  let cursor = start;
  let count = 0;
  let more = true;
  while (all.length <= limit && more && count < scanned) {
    const stretch = await next(cursor);
    more = stretch.more;
    count += stretch.read.length;
    cursor = stretch.read.at(-1) ?? cursor;
    all.push(...stretch.found);
  }
  const cut = all.slice(0, limit);
  const has_more = all.length > limit || more;
  const last = all.length > limit ? cut.at(-1)?.id : cursor;
  return { data: forward ? cut : cut.toReversed(), has_more, cursor: has_more ? (last ?? null) : null };
}
