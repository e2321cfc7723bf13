import type { InHand } from "../dispatch/hand.ts";
import { AppError } from "../error.ts";
import { is } from "../id.ts";
import * as keys from "../keys.ts";
import type { Store } from "../ports/store.ts";
import { fromItem, type Head } from "./head.ts";
import { recipientsOf } from "./list.ts";

/**
 * The head of an email by its id, read strongly.
 * @throws AppError not_found, also for an email of another database.
 */
export async function findHead(store: Store, db: string, id: string): Promise<Head> {
  const item = is("email", id) ? await store.get(keys.emailHead(db, id), { consistent: true }) : undefined;
  if (!item) throw new AppError("not_found", "There is no email with this id in this database.");
  return fromItem(item);
}

/**
 * An email by its id, to be changed: its head, and of several recipients those that have not ended, all read strongly.
 * @throws AppError not_found, also for an email of another database.
 */
export async function find(store: Store, db: string, id: string): Promise<InHand> {
  const head = await findHead(store, db, id);
  if (head.recipients === 1) return { head, recipients: [] };
  return { head, recipients: (await recipientsOf(store, head)).filter(({ state }) => !state) };
}
