import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item, Query } from "../ports/store.ts";
import type { Entry } from "./entry.ts";

/** So many entries after or before one. */
export interface PageOf {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

/** A page of the audit trail. */
export interface Page {
  readonly data: readonly Entry[];
  readonly has_more: boolean;
}

type Needs = Pick<Ports, "store" | "clock">;

/** The audit trail of a database, newest first. */
export const list = (ports: Needs, db: string, page: PageOf): Promise<Page> => read(ports, keys.audit(db, "").pk, page);

/** The operator's own: settings, keys, databases. Newest first. */
export const listOperators = (ports: Needs, page: PageOf): Promise<Page> =>
  read(ports, keys.operatorAudit("").pk, page);

/** Newest first means that what comes after an entry is below it. Where a page ends before one it is read backwards. */
async function read({ store, clock }: Needs, pk: string, { limit, after, before }: PageOf): Promise<Page> {
  const bounds: Partial<Query> =
    before === undefined ? { descending: true, ...(after !== undefined && { below: after }) } : { above: before };
  const found: Item[] = [];
  let cursor: string | undefined;
  do {
    const from = cursor === undefined ? {} : { cursor };
    const page = await store.query({ pk, ...bounds, limit: limit + 1, consistent: true, ...from });
    // TTL deletes late
    found.push(...page.items.filter((item) => Number(item["expires_at"]) * 1000 > clock.now()));
    cursor = page.cursor;
  } while (cursor !== undefined && found.length <= limit);
  const data = found.slice(0, limit).map(entry);
  return { data: before === undefined ? data : data.toReversed(), has_more: found.length > limit };
}

function entry(item: Item): Entry {
  const { pk: _pk, sk: _sk, expires_at: _end, ...rest } = item;
  return rest as unknown as Entry;
}
