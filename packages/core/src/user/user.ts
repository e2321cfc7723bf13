import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";

/** A person with an account in the application (R-NOT-1). */
export interface UserRecord {
  /** Normalised. */
  readonly address: string;
  readonly name: string | null;
  readonly notify: "email" | "inbox";
  /** ISO 8601 UTC. */
  readonly created_at: string;
}

/** Those of the addresses (normalised) that are users, by address; strongly read. */
export async function among(
  { store }: Pick<Ports, "store">,
  db: string,
  addresses: readonly string[],
): Promise<ReadonlyMap<string, UserRecord>> {
  const wanted = [...new Set(addresses)].map((address) => keys.user(db, address));
  const items = wanted.length === 0 ? [] : await store.batchGet(wanted, { consistent: true });
  return new Map(items.map((item) => [item.sk, fromItem(item)]));
}

/** The record in an item. */
export const fromItem = ({ pk: _pk, sk: address, ...record }: Item): UserRecord =>
  ({ ...record, address }) as unknown as UserRecord;
