import { fill, type Page } from "../page.ts";
import type { Item, Store } from "../ports/store.ts";
import { normalize } from "./address.ts";

/** Which entries of a list that is in the order of its addresses. */
export interface PageQuery {
  readonly limit: number;
  /** Those after this address. */
  readonly after?: string;
  /** Those before it. */
  readonly before?: string;
}

/** Where the list is: its sort keys are a prefix and an address. */
export interface Place {
  readonly pk: string;
  /** Absent = the address alone. */
  readonly prefix?: string;
}

/** A page of such a list, ascending, strongly read; its cursors are addresses. */
export async function page<T extends { readonly address: string }>(
  store: Store,
  { pk, prefix = "" }: Place,
  { limit, after, before }: PageQuery,
  read: (item: Item) => T,
): Promise<Page<T>> {
  const forward = before === undefined;
  const named = after ?? before;
  const start = named === undefined ? undefined : normalize(named);
  const found = await fill({ limit, forward, start }, async (at) => {
    const bound = at === undefined ? {} : { [forward ? "above" : "below"]: `${prefix}${at}` };
    const range = { ...(prefix !== "" && { prefix }), ...bound, descending: !forward, limit: limit + 1 };
    const { items, cursor } = await store.query({ pk, ...range, consistent: true });
    const entries = items.map((item) => ({ id: item.sk.slice(prefix.length), entry: read(item) }));
    return { read: entries.map(({ id }) => id), found: entries, more: cursor !== undefined };
  });
  return { ...found, data: found.data.map(({ entry }) => entry) };
}
