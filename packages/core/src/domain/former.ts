import type { Loaded } from "../configuration/load.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item, Store, Write } from "../ports/store.ts";
import type { DomainRecord } from "./record.ts";
import { isUsed } from "./use.ts";

/** How long mail to an old address still comes in. */
const days = 400;

/** An address that is no longer configured and that replies to old mail still come in by (R-DOM-7). */
export interface FormerAddress {
  readonly address: string;
  /** ISO 8601 UTC. */
  readonly until: string;
}

/** As stored: with the domain that stands in for it now. */
export interface FormerRecord extends FormerAddress {
  readonly domain_id: string;
}

type Domains = Pick<Loaded, "domains" | "companies">;

/** The addresses of an alias domain that replies and errors come back to. */
export const addressesOf = ({ name, bounce_alias, catchall_alias, default_from }: DomainRecord): string[] => {
  const locals = [bounce_alias, catchall_alias, ...(default_from.includes("@") ? [] : [default_from])];
  return [...new Set(locals.map((local) => `${local}@${name}`))];
};

/** All addresses of domains that are in use: the default domain and those that a company has. */
export function inUse({ domains, companies }: Domains): Set<string> {
  const used = new Set(companies.map(({ domain_id }) => domain_id));
  return new Set(domains.filter(({ id, is_default }) => is_default || used.has(id)).flatMap(addressesOf));
}

/** What of a configuration would lose replies: used domains only, for one that never sent nor received keeps nothing. */
export interface Keeping {
  readonly keep_old: boolean;
  /** Ids of domains that mail went out or came in by. */
  readonly used: ReadonlySet<string>;
}

/** Asks for what is to be known before a change of the domains named. */
export async function keeping(
  store: Store,
  db: string,
  ids: readonly string[],
  keep_old: boolean | undefined,
): Promise<Keeping> {
  const marks = await Promise.all(ids.map(async (id) => ((await isUsed(store, db, id)) ? [id] : [])));
  return { keep_old: keep_old ?? true, used: new Set(marks.flat()) };
}

/**
 * The writes that keep the addresses which a change takes out of use, or drop them (`keep_old: false`); those that come
 * into use again are former no longer.
 * @param standIn id of the domain that stands in for each; `now` in ms.
 */
export function writes(
  db: string,
  before: Domains,
  after: Domains,
  { keep_old, used }: Keeping,
  standIn: string,
  now: number,
): Write[] {
  const [old, current] = [inUse(before), inUse(after)];
  const until = new Date(now + days * 86_400_000).toISOString();
  const kept = new Set(before.domains.filter(({ id }) => keep_old && used.has(id)).flatMap(addressesOf));
  const gone = [...old].filter((address) => !current.has(address));
  const back = [...current].filter((address) => !old.has(address));
  return [
    ...gone.map(
      (address): Write =>
        kept.has(address)
          ? {
              put: {
                ...keys.formerAddress(db, address),
                address,
                domain_id: standIn,
                until,
                expires_at: seconds(until),
              },
            }
          : { delete: keys.formerAddress(db, address) },
    ),
    ...back.map((address): Write => ({ delete: keys.formerAddress(db, address) })),
  ];
}

/** The addresses that such writes keep. */
export const named = (writes: readonly Write[]): FormerAddress[] =>
  writes.flatMap((write) =>
    "put" in write ? [{ address: String(write.put["address"]), until: String(write.put["until"]) }] : [],
  );

const seconds = (time: string): number => Math.floor(Date.parse(time) / 1000);

/** The former addresses of a database that still hold. TTL deletes late, so the time counts. */
export async function list({ store, clock }: Pick<Ports, "store" | "clock">, db: string): Promise<FormerRecord[]> {
  const found: Item[] = [];
  let cursor: string | undefined;
  do {
    const query = { pk: keys.version(db).pk, prefix: keys.formerPrefix, consistent: true };
    const page = await store.query({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    found.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  const records = found.map(
    ({ pk: _pk, sk: _sk, expires_at: _expires, ...record }) => record as unknown as FormerRecord,
  );
  return records.filter(({ until }) => Date.parse(until) > clock.now());
}
