import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Update } from "../ports/store.ts";
import type { AliasRecord } from "./record.ts";

type Needs = Pick<Ports, "store">;

/** How many routing aliases an alias domain has, strongly read: with any it cannot be deleted (R-DOM-6). */
export async function of({ store }: Needs, db: string, domain: string): Promise<number> {
  const item = await store.get(keys.aliasCount(db, domain), { consistent: true });
  return Number(item?.["count"] ?? 0);
}

/** The same of all alias domains that have any, by the domain's id. */
export async function all({ store }: Needs, db: string): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  let cursor: string | undefined;
  do {
    const query = { pk: keys.version(db).pk, prefix: keys.aliasCountPrefix, consistent: true };
    const page = await store.query({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    for (const { sk, count } of page.items) found.set(sk.slice(keys.aliasCountPrefix.length), Number(count));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

/** The writes that count routing aliases which come and go, each by its alias domain. */
export function writes(db: string, gone: readonly AliasRecord[], made: readonly AliasRecord[]): Update[] {
  const changes = new Map<string, number>();
  const add = (domain: string, n: number) => changes.set(domain, (changes.get(domain) ?? 0) + n);
  for (const { domain_id } of gone) add(domain_id, -1);
  for (const { domain_id } of made) add(domain_id, 1);
  const changed = [...changes].filter(([, n]) => n !== 0);
  return changed.map(([domain, count]) => ({ update: keys.aliasCount(db, domain), add: { count } }));
}
