import { AppError } from "../error.ts";
import * as Id from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import type { AliasRecord } from "./record.ts";

type Needs = Pick<Ports, "store">;

/** The routing aliases of a database that addresses (normalised, without plus tag) are, strongly read. */
export async function among(
  { store }: Needs,
  db: string,
  addresses: readonly string[],
): Promise<ReadonlyMap<string, AliasRecord>> {
  const wanted = [...new Set(addresses)].map((address) => keys.alias(db, address));
  const items = await store.batchGet(wanted, { consistent: true });
  return new Map(items.map((item) => [item.sk, fromItem(item)]));
}

/** The routing alias of an id, strongly read. @throws AppError not_found */
export async function get(ports: Needs, db: string, id: string): Promise<AliasRecord> {
  let address = await addressOf(ports, db, id);
  while (address !== undefined) {
    const found = (await among(ports, db, [address])).get(address);
    if (found?.id === id) return found;
    // Moved to another address between the two reads, it is there; else it is gone
    const now = await addressOf(ports, db, id);
    address = now === address ? undefined : now;
  }
  throw new AppError("not_found", "The database has no such alias.");
}

/** The address that the routing alias of an id has, strongly read; undefined = there is none. */
export async function addressOf({ store }: Needs, db: string, id: string): Promise<string | undefined> {
  const item = Id.is("alias", id) ? await store.get(keys.aliasId(db, id), { consistent: true }) : undefined;
  return item && String(item["address"]);
}

/** All routing aliases of a database in the order of their addresses, strongly read. */
export async function all({ store }: Needs, db: string): Promise<AliasRecord[]> {
  const found: AliasRecord[] = [];
  let cursor: string | undefined;
  do {
    const query = { pk: keys.alias(db, "").pk, consistent: true };
    const page = await store.query({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    found.push(...page.items.map(fromItem));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

/** The record in an item. */
export const fromItem = ({ pk: _pk, sk: _sk, ...record }: Item): AliasRecord => record as unknown as AliasRecord;
