import { isBusy } from "../configuration/commit.ts";
import type { Loaded } from "../configuration/load.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, type Write } from "../ports/store.ts";
import { retry } from "../retry.ts";
import * as Claim from "./claim.ts";
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

/** As stored: with the domain that stands in for it now, and the one whose address it was. */
export interface FormerRecord extends FormerAddress {
  readonly domain_id: string;
  readonly of: string;
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

/** What of a configuration would lose replies, and what of it is kept. */
export interface Keeping {
  /**
   * Ids of domains whose addresses are kept: mail went out or came in by them (one that never sent nor received keeps
   * nothing), and no other database has proved them since (R-DOM-9).
   */
  readonly kept: ReadonlySet<string>;
  /** What earlier changes have kept, and goes with this one. */
  readonly dropped: readonly string[];
  /** What of that its transaction has no room for: it goes once that is written, by {@link drop}. */
  readonly left: readonly FormerAddress[];
}

type Needs = Pick<Ports, "store" | "clock">;

/** So many are dropped in the transaction of a change, which has no room for any number. */
const together = 6;

/**
 * Asks for what is to be known before a change of the domains named. With `keep_old: false` the former addresses of
 * `subject` go too, whichever change made them.
 */
export async function keeping(
  ports: Needs,
  { version: { id: db }, domains }: Pick<Loaded, "version" | "domains">,
  { ids, subject, keep_old = true }: Touched,
): Promise<Keeping> {
  if (!keep_old) {
    const own = subject === undefined ? [] : (await stored(ports, db)).filter(({ of }) => of === subject);
    const dropped = own.slice(0, together).map(({ address }) => address);
    return { kept: new Set(), dropped, left: own.slice(together) };
  }
  const touched = domains.filter(({ id, is_default }) => !is_default && (id === subject || ids.includes(id)));
  const names = new Set(touched.map(({ name }) => name));
  const foreign = names.size === 0 ? new Set<string>() : await Claim.foreign(ports, names, db);
  const own = touched.filter(({ name }) => !foreign.has(name));
  const marks = await Promise.all(own.map(async ({ id }) => ((await isUsed(ports.store, db, id)) ? [id] : [])));
  return { kept: new Set<string>(marks.flat()), dropped: [], left: [] };
}

/** The domains that a change touches. */
export interface Touched {
  /** Ids of those that companies leave. */
  readonly ids: readonly string[];
  /** Id of the one that is changed or deleted itself. */
  readonly subject?: string;
  readonly keep_old?: boolean | undefined;
}

/** Drops what a change had no room for; an address that another change has kept anew since stays. */
export async function drop(ports: Needs & Pick<Ports, "random">, db: string, left: Keeping["left"]): Promise<void> {
  for (const { address, until } of left) {
    const unchanged = { if: "attribute_not_exists(pk) OR #until = :until", values: { until } };
    try {
      const write = { delete: keys.formerAddress(db, address), ...unchanged };
      await retry(ports, isBusy, () => ports.store.write(write));
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
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
  { kept, dropped }: Pick<Keeping, "kept" | "dropped">,
  standIn: string,
  now: number,
): Write[] {
  const [old, current] = [inUse(before), inUse(after)];
  const until = new Date(now + days * 86_400_000).toISOString();
  const owners = before.domains.filter(({ id }) => kept.has(id));
  const ownerOf = new Map(owners.flatMap((domain) => addressesOf(domain).map((address) => [address, domain.id])));
  const gone = [...old].filter((address) => !current.has(address));
  const back = [...current].filter((address) => !old.has(address));
  const forgotten = dropped.filter((address) => !gone.includes(address) && !back.includes(address));
  const keep = (address: string, of: string): Write => {
    const record: FormerRecord = { address, domain_id: standIn, of, until };
    return { put: { ...keys.formerAddress(db, address), ...record, expires_at: seconds(until) } };
  };
  const forget = (address: string): Write => ({ delete: keys.formerAddress(db, address) });
  return [
    ...gone.map((address) => {
      const of = ownerOf.get(address);
      return of === undefined ? forget(address) : keep(address, of);
    }),
    ...[...back, ...forgotten].map(forget),
  ];
}

/** The addresses that such writes keep. */
export const named = (writes: readonly Write[]): FormerAddress[] =>
  writes.flatMap((write) =>
    "put" in write ? [{ address: String(write.put["address"]), until: String(write.put["until"]) }] : [],
  );

const seconds = (time: string): number => Math.floor(Date.parse(time) / 1000);

/**
 * The former addresses of a database that still hold (R-DOM-7). Those of a domain that another database has proved since
 * do not (R-DOM-9): its mail is that database's.
 */
export async function list(ports: Needs, db: string): Promise<FormerRecord[]> {
  const records = await stored(ports, db);
  if (records.length === 0) return [];
  const foreign = await Claim.foreign(ports, new Set(records.map(domainOf)), db);
  return records.filter((record) => !foreign.has(domainOf(record)));
}

const domainOf = ({ address }: FormerAddress): string => address.slice(address.lastIndexOf("@") + 1);

/** TTL deletes late, so the time counts. */
async function stored({ store, clock }: Needs, db: string): Promise<FormerRecord[]> {
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
