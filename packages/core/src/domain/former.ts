import { domainOf } from "../address/address.ts";
import { isBusy } from "../configuration/commit.ts";
import type { Loaded } from "../configuration/load.ts";
import * as keys from "../keys.ts";
import { forward } from "../migration/forward.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, type Write } from "../ports/store.ts";
import { retry } from "../retry.ts";
import { create as addressesOf } from "../routing/addresses.ts";
import * as Check from "./check.ts";
import * as Claim from "./claim.ts";
import * as Dropped from "./dropped.ts";
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

/** What an address of an alias domain is for; one that is catchall and default-from at once is the catchall. */
export type Purpose = "bounce" | "catchall" | "notification";

/** As stored: with the domain that stands in for it now, the one whose address it was, and what it was for. */
export interface FormerRecord extends FormerAddress {
  readonly domain_id: string;
  readonly of: string;
  readonly purpose: Purpose;
  /** A domain has it (again): it is former no longer, and is so for the rest of its time once that lets go of it. */
  readonly in_use?: true;
}

type Domains = Pick<Loaded, "domains" | "companies">;

/**
 * The addresses of an alias domain that replies and errors come back to, with what each is for. A full address as
 * default-from is one of them where it is on a domain of the database's: mail to any other does not come in here.
 * @param names of all domains of the database
 */
function purposesOf(domain: DomainRecord, names: ReadonlySet<string>): Map<string, Purpose> {
  const { notification, catchall, bounce } = addressesOf(domain);
  return new Map<string, Purpose>([
    ...(names.has(domainOf(notification)) ? [[notification, "notification"] as const] : []),
    [catchall, "catchall"],
    [bounce, "bounce"],
  ]);
}

/** All addresses of domains that are in use: the default domain and those that a company has. */
function inUse({ domains, companies }: Domains, names: ReadonlySet<string>): Set<string> {
  const used = new Set(companies.map(({ domain_id }) => domain_id));
  const own = domains.filter(({ id, is_default }) => is_default || used.has(id));
  return new Set(own.flatMap((domain) => [...purposesOf(domain, names).keys()]));
}

/** What of a configuration would lose replies, and what of it is kept. */
export interface Keeping {
  /** Ids of domains whose addresses are kept: mail went out or came in by them. */
  readonly kept: ReadonlySet<string>;
  /** Names of domains whose addresses are not: another database has proved them since (R-DOM-9). */
  readonly foreign: ReadonlySet<string>;
  /** What is there of earlier changes, by address. */
  readonly former: ReadonlyMap<string, FormerRecord>;
  /** What has come into use again is kept as before when it goes out of use, though its domain was never used. */
  readonly restores: boolean;
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
  const records = await stored(ports, db);
  if (!keep_old) {
    const own = records.filter(({ of }) => of === subject);
    const former = byAddress(records.filter(({ of }) => of !== subject));
    const dropped = own.slice(0, together).map(({ address }) => address);
    return { ...nothing, former, restores: false, dropped, left: own.slice(together) };
  }
  const touched = domains.filter(({ id }) => id === subject || ids.includes(id));
  const names = new Set(touched.flatMap((domain) => [domain.name, domainOf(addressesOf(domain).notification)]));
  const foreign = names.size === 0 ? new Set<string>() : await Claim.foreign(ports, names, db);
  const marks = await Promise.all(touched.map(async ({ id }) => ((await isUsed(ports.store, db, id)) ? [id] : [])));
  return { ...nothing, kept: new Set<string>(marks.flat()), foreign, former: byAddress(records) };
}

const nothing = { kept: new Set<string>(), foreign: new Set<string>(), restores: true, dropped: [], left: [] };

const byAddress = (records: readonly FormerRecord[]): Map<string, FormerRecord> =>
  new Map(records.map((record) => [record.address, record]));

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
    const write = { ...Dropped.put(db, address, ports.clock.now()), ...unchanged };
    try {
      await retry(ports, isBusy, () => ports.store.write(write));
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
}

/**
 * The writes that keep the addresses which a change takes out of use, or drop them (`keep_old: false`). Those that come
 * into use again are former no longer, but what was kept is not forgotten: a domain that is made anew, and deleted again
 * before any mail, leaves things as they were.
 * @param standIn id of the domain that stands in for each; `now` in ms.
 */
export function writes(
  db: string,
  before: Domains,
  after: Domains,
  keeping: Omit<Keeping, "left">,
  standIn: string,
  now: number,
): Write[] {
  const names = new Set([...before.domains, ...after.domains].map(({ name }) => name));
  const [old, current] = [inUse(before, names), inUse(after, names)];
  const keeps = keptOf(before, names, keeping, standIn, now);
  const gone = [...old].filter((address) => !current.has(address));
  const back = [...current].filter((address) => !old.has(address));
  const forgotten = keeping.dropped.filter((address) => !gone.includes(address) && !back.includes(address));
  const put = (record: FormerRecord): Write => ({
    put: { ...keys.formerAddress(db, record.address), ...record, v: 2, expires_at: seconds(record.until) },
  });
  const forget = (address: string): Write => ({ delete: keys.formerAddress(db, address) });
  // Who says that nothing is kept wants no answers by it either
  const leave = keeping.restores ? forget : (address: string): Write => Dropped.put(db, address, now);
  return [
    ...gone.map((address) => {
      const record = keeping.foreign.has(domainOf(address)) ? undefined : keeps.get(address);
      return record ? put(record) : leave(address);
    }),
    ...back.map((address) => {
      const record = keeping.former.get(address);
      return record ? put({ ...record, in_use: true }) : forget(address);
    }),
    ...forgotten.map(leave),
  ];
}

/** What is kept of addresses that go out of use: of used domains from now on, else for the time that was left before. */
function keptOf(
  { domains }: Pick<Domains, "domains">,
  names: ReadonlySet<string>,
  { kept, former, restores }: Pick<Keeping, "kept" | "former" | "restores">,
  domain_id: string,
  now: number,
): Map<string, FormerRecord> {
  const until = new Date(now + days * 86_400_000).toISOString();
  const own = domains.filter(({ id }) => kept.has(id));
  const fresh = own.flatMap((domain) =>
    [...purposesOf(domain, names)].map(([address, purpose]) => ({ address, domain_id, of: domain.id, purpose, until })),
  );
  const again = [...former.values()].map(({ in_use: _in, ...record }) => ({ ...record, domain_id }));
  return byAddress([...(restores ? again : []), ...fresh]);
}

/** The addresses that such writes keep. */
export const named = (writes: readonly Write[]): FormerAddress[] =>
  writes.flatMap((write) =>
    "put" in write && write.put["in_use"] === undefined && !Dropped.is(write.put)
      ? [{ address: String(write.put["address"]), until: String(write.put["until"]) }]
      : [],
  );

const seconds = (time: string): number => Math.floor(Date.parse(time) / 1000);

/**
 * The former addresses of a database that still hold (R-DOM-7). Those of a domain that another database has proved since
 * do not (R-DOM-9): its mail is that database's.
 */
export async function list(ports: Needs, db: string): Promise<FormerRecord[]> {
  const records = (await stored(ports, db)).filter(isOut);
  if (records.length === 0) return [];
  const foreign = await Claim.foreign(ports, new Set(records.map(({ address }) => domainOf(address))), db);
  return records.filter((record) => !foreign.has(domainOf(record.address)));
}

/** Whether an address is former, and not in use again. */
export const isOut = ({ in_use }: Pick<FormerRecord, "in_use">): boolean => in_use === undefined;

/**
 * Until when (ms) mail to former addresses of a domain name, those that are in use again among them, still comes in;
 * undefined = the database has none. Whoever holds the claim on the name is not asked.
 */
export async function lastOf(ports: Needs, db: string, name: string): Promise<number | undefined> {
  const times = (await stored(ports, db)).filter(({ address }) => domainOf(address) === name);
  return times.length === 0 ? undefined : Math.max(...times.map(({ until }) => Date.parse(until)));
}

/**
 * The check of a deleted domain that keeps the claim on a name, for mail to its former addresses still comes in;
 * undefined = there is none.
 */
export async function keeper(ports: Needs, db: string, name: string): Promise<Check.CheckRecord | undefined> {
  const checks = await Check.list(ports, db);
  const removed = checks.find((check) => check.name === name && check.state === "removed");
  return removed && (await lastOf(ports, db, name)) !== undefined ? removed : undefined;
}

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
  const records = found.map((item) => {
    const { pk: _pk, sk: _sk, v: _v, expires_at: _expires, ...record } = forward("former_address", item);
    return record as unknown as FormerRecord;
  });
  return records.filter(({ until }) => Date.parse(until) > clock.now());
}
