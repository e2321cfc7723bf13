import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item, Query } from "../ports/store.ts";
import type { Kind } from "./migration.ts";

/** Where the items of a kind lie in a database: whatever a database has is found so, without a scan of the table. */
export const places: Readonly<Record<Kind, (db: string) => readonly Pick<Query, "pk" | "prefix">[]>> = {
  received: (db) => [{ pk: keys.received(db, "").pk }],
  former_address: (db) => [{ pk: keys.version(db).pk, prefix: keys.formerPrefix }],
};

/** How far a walk through all databases is. */
export interface Position {
  /** The name of the last database that is done; null = none is. */
  readonly after: string | null;
  /** How far it is in the next one; null = at its beginning. */
  readonly within: { readonly database: string; readonly place: number; readonly cursor: string | null } | null;
}

/** Items of a kind that were found together, and where the walk goes on after them. */
export interface Stretch {
  readonly items: readonly Item[];
  readonly next: Position;
}

type Needs = Pick<Ports, "store">;

/** Items and databases that are read at once. */
const page = { items: 100, databases: 100 };

/** All items of a kind, database by database in the order of their names, from a position on. */
export async function* walk(ports: Needs, kind: Kind, from: Position): AsyncGenerator<Stretch> {
  let { after } = from;
  for await (const { id, name } of databases(ports, after)) {
    const begin = from.within?.database === id ? from.within : { place: 0, cursor: null };
    for await (const { items, next } of within(ports, places[kind](id), begin))
      yield { items, next: next ? { after, within: { database: id, ...next } } : { after: name, within: null } };
    after = name;
  }
}

/** Those of one database; `next` is undefined at its end. */
async function* within(
  { store }: Needs,
  all: ReturnType<(typeof places)[Kind]>,
  begin: { readonly place: number; readonly cursor: string | null },
): AsyncGenerator<{ items: readonly Item[]; next: typeof begin | undefined }> {
  let cursor = begin.cursor;
  for (let place = begin.place; place < all.length; place++) {
    const query = all[place];
    if (!query) return;
    do {
      const found = await store.query({ ...query, limit: page.items, ...(cursor !== null && { cursor }) });
      cursor = found.cursor ?? null;
      const isLast = cursor === null && place === all.length - 1;
      const next = cursor === null ? { place: place + 1, cursor } : { place, cursor };
      yield { items: found.items, next: isLast ? undefined : next };
    } while (cursor !== null);
  }
}

async function* databases({ store }: Needs, start: string | null): AsyncGenerator<{ id: string; name: string }> {
  let after = start;
  for (;;) {
    const above = after === null ? {} : { above: after };
    const { items } = await store.query({ index: "list", pk: "DATABASES", ...above, limit: page.databases });
    for (const { pk, list_sk } of items) {
      after = String(list_sk);
      yield { id: pk.slice(keys.version("").pk.length), name: after };
    }
    if (items.length === 0) return;
  }
}
