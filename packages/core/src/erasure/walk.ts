import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";

/** Where a walk over several partitions is: which, and within it where. */
interface Place {
  readonly n: number;
  readonly cursor?: string;
}

/** Items read at a time. */
const pageSize = 100;

/** A part of a walk. */
export interface Walked {
  readonly items: readonly Item[];
  /** Where it goes on; undefined at the end. */
  readonly next: string | undefined;
}

/** Partitions looked into for one part: most are empty or small. */
const most = 32;

/** The next items of a walk over partitions, one after the other. @param from where it was left. */
export async function walk(
  { store }: Pick<Ports, "store">,
  partitions: readonly string[],
  from: string | undefined,
): Promise<Walked> {
  const items: Item[] = [];
  let place: Place = from === undefined ? { n: 0 } : (JSON.parse(from) as Place);
  for (let looked = 0; looked < most && items.length < pageSize; looked++) {
    const { n, cursor } = place;
    const pk = partitions[n];
    if (pk === undefined) break;
    const page = await store.query({ pk, limit: pageSize, ...(cursor !== undefined && { cursor }) });
    items.push(...page.items);
    place = page.cursor === undefined ? { n: n + 1 } : { n, cursor: page.cursor };
  }
  return { items, next: place.n < partitions.length ? JSON.stringify(place) : undefined };
}
