import { fromItem, type Head } from "../email/head.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { type Store, TransactionCanceled } from "../ports/store.ts";
import type { Place } from "./line.ts";
import type { LineName } from "./name.ts";

/** A mail that stands in a line, and its recipients that wait. */
export interface Standing {
  readonly head: Head;
  readonly n: number;
}

/**
 * The mails of places, those that stand in that line by their head, in the order given. A place whose mail is gone, or
 * waits no longer, is given up.
 */
export async function standing(
  { store }: Pick<Ports, "store">,
  db: string,
  line: LineName,
  places: readonly Place[],
): Promise<Standing[]> {
  const wanted = places.map(({ id }) => keys.emailHead(db, id));
  const items = await store.batchGet(wanted, { consistent: true });
  const heads = new Map(items.map((item) => [item.pk, fromItem(item)]));
  const found: Standing[] = [];
  for (const place of places) {
    const head = heads.get(keys.emailHead(db, place.id).pk);
    if (head?.line === line) found.push({ head, n: place.n });
    else await giveUp(store, db, line, place);
  }
  return found;
}

/** Unless its mail has joined again meanwhile. */
async function giveUp(store: Store, db: string, line: LineName, { id, kind }: Place): Promise<void> {
  const check = {
    check: keys.emailHead(db, id),
    if: "attribute_not_exists(#line) OR #line <> :line",
    values: { line },
  };
  try {
    await store.transact([check, { delete: keys.linePlace(db, line, kind, id) }]);
  } catch (error) {
    if (!(error instanceof TransactionCanceled)) throw error;
  }
}
