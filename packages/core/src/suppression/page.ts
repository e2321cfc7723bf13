import { normalize } from "../address/address.ts";
import { AppError } from "../error.ts";
import { fill, type Page } from "../page.ts";
import type { Item, Query, Store } from "../ports/store.ts";
import { find, type List } from "./named.ts";

/** Which entries of a list, by address. */
export interface PageQuery {
  readonly limit: number;
  /** An id or address: those after it. */
  readonly after?: string;
  /** An id or address: those before it. */
  readonly before?: string;
  /** Addresses that begin so. */
  readonly q?: string;
}

/**
 * A page of a list whose sort keys are addresses, ascending. Filters read at most 2,000 entries a call; `cursor` goes on
 * from there.
 * @param pk the list. @param read the entry in an item, or undefined where it is none that is asked for.
 * @throws AppError invalid_parameter for a cursor that names no address.
 */
export async function page<T extends { readonly id: string }>(
  store: Store,
  list: List,
  pk: string,
  query: PageQuery,
  read: (item: Item) => T | undefined,
): Promise<Page<T>> {
  const { limit, before } = query;
  const forward = before === undefined;
  const most = Math.max(limit + 1, 100);
  return fill({ limit, forward, start: startOf(list, query) }, async (at) => {
    const range = { ...rangeOf(query.q, at, forward), limit: most };
    const { items, cursor } = await store.query({ pk, ...range, consistent: true });
    const found = items.map(read).filter((entry) => entry !== undefined);
    return { read: items.map(({ sk }) => sk), found, more: cursor !== undefined };
  });
}

function startOf(list: List, { after, before }: PageQuery): string | undefined {
  const field = before === undefined ? "after" : "before";
  const named = after ?? before;
  const address = named === undefined ? undefined : find(list, named);
  if (named === undefined || address !== undefined) return address;
  throw new AppError("invalid_parameter", `\`${field}\` names no entry: give an id or an address.`, {
    details: { field },
  });
}

/** Addresses that begin with `q`, in the direction of reading. */
function rangeOf(q: string | undefined, at: string | undefined, forward: boolean): Partial<Query> {
  // No key of DynamoDB is empty
  const start = normalize(q ?? "");
  const prefix = start === "" ? {} : { prefix: start };
  return { ...prefix, ...(at !== undefined && { [forward ? "above" : "below"]: at }), descending: !forward };
}
