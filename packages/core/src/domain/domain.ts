import * as AliasCount from "../alias/count.ts";
import { all as allAliases } from "../alias/find.ts";
import { assertNoneStored } from "../alias/free.ts";
import type { AliasRecord } from "../alias/record.ts";
import * as Company from "../company/company.ts";
import type { CompanyRecord } from "../company/record.ts";
import { type Loaded, load } from "../configuration/load.ts";
import { type Change, change } from "../database/change.ts";
import { read, type Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import * as Id from "../id.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import { once } from "../idempotency/once.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { order } from "../provision/order.ts";
import { type Aliases, assertName, assertOwnable, assertUnique, cleanAliases, given } from "./alias.ts";
import * as Check from "./check.ts";
import * as Former from "./former.ts";
import * as Mailed from "./mailed.ts";
import { sort } from "./order.ts";
import type { DomainRecord } from "./record.ts";
import * as Start from "./start.ts";
import * as Unproven from "./unproven.ts";
import { type Around, type DomainView, view } from "./view.ts";

/** What is given of an alias domain (R-DOM-1). */
export interface DomainInput {
  readonly priority?: number | undefined;
  readonly bounce_alias?: string | undefined;
  readonly catchall_alias?: string | undefined;
  readonly default_from?: string | undefined;
  /** Ids of companies that are moved to this domain (R-DOM-5). */
  readonly companies?: readonly string[] | undefined;
  /** Whether mail to addresses that go out of use still comes in (R-DOM-7). Default: true. */
  readonly keep_old?: boolean | undefined;
  /** Fields of the Resend API, kept as they are. */
  readonly resend?: Readonly<Record<string, unknown>> | undefined;
}

/** A new alias domain. */
export interface NewDomain extends DomainInput {
  readonly name: string;
}

/** Alias domains of a database at most. */
const maximum = 500;
/** Those of one name at most: all of them change in one transaction when the name moves to another database. */
const maximumOfName = 10;
const defaults: Aliases = { bounce_alias: "bounce", catchall_alias: "catchall", default_from: "notifications" };

type Reads = Pick<Ports, "store" | "operator" | "clock">;
type Needs = Pick<Ports, "store" | "clock" | "random" | "operator" | "queue" | "log" | "actor">;

/** The alias domains of a database in order (R-DOM-1). */
export async function list(ports: Reads, version: Version): Promise<DomainView[]> {
  const around = await aroundOf(ports, version);
  return sort(around.domains).map((domain) => view(around, domain));
}

/** @throws AppError not_found */
export async function get(ports: Reads, version: Version, id: string): Promise<DomainView> {
  const around = await aroundOf(ports, version);
  return view(around, find(around, id));
}

async function aroundOf(ports: Reads, version: Version): Promise<Around> {
  const [loaded, checks, former, mailed] = await Promise.all([
    load(ports, version),
    Check.list(ports, version.id),
    Former.list(ports, version.id),
    Mailed.list(ports, version.id),
  ]);
  return { ...loaded, checks, former, mailed, aliases: await elsewhere(ports, loaded) };
}

/** The routing aliases of alias domains whose MX is not ours (R-DOM-12); read only where there are any. */
async function elsewhere(ports: Reads, { version, domains }: Loaded): Promise<AliasRecord[]> {
  const ids = new Set<string>(domains.filter(({ mx_at_us }) => !mx_at_us).map(({ id }) => id));
  if (ids.size === 0) return [];
  const counts = await AliasCount.all(ports, version.id);
  if (![...ids].some((id) => (counts.get(id) ?? 0) > 0)) return [];
  return (await allAliases(ports, version.id)).filter(({ domain_id }) => ids.has(domain_id));
}

/**
 * Makes an alias domain and orders its verification (R-DOM-9). The first one beside the default domain goes to all
 * companies, later ones touch nobody (R-DOM-5). Where 20 are not verified it rests until it is asked for: mail over
 * servers of the database's own needs no more (R-DOM-10).
 * @param key makes it once for an idempotency key.
 * @throws AppError invalid_parameter for the name (R-DOM-2) or an alias (R-DOM-3, R-DOM-4); conflict when another
 *   domain has the same addresses, a routing alias has one of them, there are 500, or 10 of this name.
 */
export async function create(
  ports: Needs & Pick<Ports, "vault">,
  version: Version,
  input: NewDomain,
  key?: Idempotency,
): Promise<DomainView> {
  assertName(input.name, ports.operator.root_domain);
  const zone = await assertOwnable(input.name);
  const record: DomainRecord = {
    id: Id.make("domain", ports),
    name: input.name,
    is_default: false,
    verified: false,
    mx_at_us: false,
    priority: input.priority ?? 10,
    created_at: new Date(ports.clock.now()).toISOString(),
    ...cleanAliases(reach(ports, version), input.name, { ...defaults, ...given(input) }),
    resend: input.resend ?? {},
  };
  Start.mailFrom(record);
  const decide = async (loaded: Loaded): Promise<Change<DomainView>> => {
    assertRoom(loaded.domains, record.name);
    const first = loaded.domains.every(({ is_default }) => is_default);
    const named = chosen(loaded, input.companies);
    const moved = first ? loaded.companies : named;
    const rests = !(await Unproven.hasRoom(ports, loaded, record.name));
    const { writes: configured } = await written(ports, loaded, record, moved, input.keep_old);
    const writes = [...configured, ...(await Start.writes(ports, loaded, record, { zone, rests }))];
    return { writes, result: made(loaded, record, moved, writes) };
  };
  return once(ports, version.id, key, async (claims) => {
    const domain = await change(ports, version, decide, claims);
    await order(ports, version.id, domain);
    return domain;
  });
}

/** A new domain as it is once it is written: what an idempotency key stands for is known with the write. */
function made(
  loaded: Loaded,
  record: DomainRecord,
  moved: readonly CompanyRecord[],
  writes: Change<unknown>["writes"],
): DomainView {
  const puts = writes.flatMap((write) => ("put" in write ? [write.put] : []));
  const under = (prefix: string) => puts.filter(({ sk }) => sk.startsWith(prefix));
  return view(
    {
      domains: [...loaded.domains, record],
      companies: movedTo(loaded.companies, moved, record),
      servers: loaded.servers,
      checks: under(keys.checkPrefix) as unknown as Check.CheckRecord[],
      former: (under(keys.formerPrefix) as unknown as Former.FormerRecord[]).filter(Former.isOut),
      mailed: [],
      aliases: [],
    },
    record,
  );
}

/**
 * Checks that a database may have one more domain; an import asks it before it begins.
 * @throws AppError conflict when there are 500, or 10 of this name.
 */
export function assertRoom(domains: readonly DomainRecord[], name: string): void {
  if (domains.length >= maximum) throw new AppError("conflict", `A database has at most ${maximum} domains.`);
  if (domains.filter((domain) => domain.name === name).length >= maximumOfName)
    throw new AppError("conflict", `A database has at most ${maximumOfName} domains of one name.`);
}

/**
 * Changes an alias domain; its name stays. Companies named are moved here, those not named stay where they are.
 * Addresses that go out of use by it still receive for 400 days, unless `keep_old` is false (R-DOM-7).
 * @throws AppError not_found, invalid_parameter, conflict
 */
export async function patch(ports: Needs, version: Version, id: string, input: DomainInput): Promise<DomainView> {
  const left = await change(ports, version, async (loaded) => {
    const domain = find(loaded, id);
    const record: DomainRecord = {
      ...domain,
      priority: input.priority ?? domain.priority,
      ...cleanAliases(reach(ports, version), domain.name, { ...domain, ...given(input) }),
      resend: merge(domain.resend, input.resend),
    };
    return written(ports, loaded, record, chosen(loaded, input.companies), input.keep_old);
  });
  await Former.drop(ports, version.id, left);
  return after(ports, version, id);
}

/** What a deletion leaves: the addresses that mail still comes in by (R-DOM-7). */
export interface Removed {
  readonly former_addresses: readonly Former.FormerAddress[];
}

/**
 * Deletes an alias domain; its companies go to the next in order, in the end the default domain (R-DOM-6). What it has
 * at the provider is removed by the provisioning queue.
 * @throws AppError not_found; conflict for the default domain (R-ADDR-5), and while routing aliases use it (R-DOM-6).
 */
export async function remove(
  ports: Needs,
  version: Version,
  id: string,
  { keep_old }: Pick<DomainInput, "keep_old"> = {},
): Promise<Removed> {
  const { name, left, former_addresses } = await change(ports, version, async (loaded) => {
    const domain = find(loaded, id);
    if (domain.is_default)
      throw new AppError("conflict", "The default domain cannot be deleted: it goes with the database.");
    assertUnused(await AliasCount.of(ports, version.id, id));
    const sorted = sort(loaded.domains);
    const next = sorted[sorted.indexOf(domain) + 1] ?? domain;
    const moved = loaded.companies.filter(({ domain_id }) => domain_id === id);
    const domains = loaded.domains.filter((other) => other !== domain);
    const now = ports.clock.now();
    const keeping = await Former.keeping(ports, loaded, { ids: [], subject: id, keep_old });
    const remaining = { domains, companies: movedTo(loaded.companies, moved, next) };
    const former = Former.writes(version.id, loaded, remaining, keeping, next.id, now);
    const gone = { delete: keys.configuration(version.id, "domain", id) };
    const writes = [gone, { delete: keys.aliasCount(version.id, id) }, ...move(loaded, moved, next), ...former];
    assertFits(writes, "The domain has too many companies to be deleted at once: move some to another domain first.");
    const ended = await Start.end(ports, version.id, id);
    const result = { name: domain.name, left: keeping.left, former_addresses: Former.named(former) };
    return { writes: [...writes, ...ended], result };
  });
  // What it keeps at SES depends on the addresses that are left
  await Former.drop(ports, version.id, left);
  await order(ports, version.id, { id, name });
  return { former_addresses };
}

/** Decided within a change of the configuration, as is making an alias: none comes in between. */
export function assertUnused(aliases: number): void {
  if (aliases === 0) return;
  throw new AppError(
    "conflict",
    `The domain has ${aliases} routing ${aliases === 1 ? "alias" : "aliases"}: delete them or move them to another domain first.`,
    { details: { aliases } },
  );
}

/** As many of the 100 actions of a transaction as leave room for those that a change brings along. */
const most = 95;

function assertFits(writes: readonly unknown[], otherwise: string): void {
  if (writes.length > most) throw new AppError("invalid_parameter", otherwise);
}

/** The writes of a domain that is made or changed, and what is to be dropped once they are done. */
async function written(
  ports: Needs,
  loaded: Loaded,
  record: DomainRecord,
  moved: readonly CompanyRecord[],
  keep_old: boolean | undefined,
): Promise<Change<Former.Keeping["left"]>> {
  assertUnique(loaded.domains, record);
  const db = loaded.version.id;
  await assertNoneStored(ports, db, record);
  const companies = movedTo(loaded.companies, moved, record);
  const domains = [...loaded.domains.filter(({ id }) => id !== record.id), record];
  const touched = new Set(moved.flatMap(({ domain_id }) => domain_id ?? []));
  const keeping = await Former.keeping(ports, loaded, { ids: [...touched], subject: record.id, keep_old });
  const former = Former.writes(db, loaded, { domains, companies }, keeping, record.id, ports.clock.now());
  const put = { put: { ...keys.configuration(db, "domain", record.id), ...record } };
  const writes = [put, ...move(loaded, moved, record), ...former];
  assertFits(writes, "companies moves too many at once: move them in several requests.");
  return { writes, result: keeping.left };
}

const domainIdOf = (domain: DomainRecord): string | null => (domain.is_default ? null : domain.id);

const movedTo = (companies: readonly CompanyRecord[], moved: readonly CompanyRecord[], to: DomainRecord) =>
  companies.map((company) => (moved.includes(company) ? { ...company, domain_id: domainIdOf(to) } : company));

const move = ({ version }: Loaded, companies: readonly CompanyRecord[], to: DomainRecord) =>
  companies.map((company) => Company.put(version.id, { ...company, domain_id: domainIdOf(to) }));

/** The domain as it is once a change is written. */
const after = async (ports: Reads, { id: db }: Version, id: string): Promise<DomainView> =>
  get(ports, await read(ports.store, db), id);

const reach = ({ operator }: Reads, { name }: Version) => ({
  root: operator.root_domain,
  own: `${name}.${operator.root_domain}`,
});

/** Fields of the Resend API as they are after a change: those that are objects themselves change field by field. */
export function merge(kept: DomainRecord["resend"], given: DomainRecord["resend"] = {}): DomainRecord["resend"] {
  const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
  const merged = Object.entries(given).map(([name, value]) => {
    const before = kept[name];
    return [name, isObject(value) && isObject(before) ? { ...before, ...value } : value];
  });
  return { ...kept, ...Object.fromEntries(merged) };
}

function chosen({ companies }: Loaded, ids: readonly string[] = []): CompanyRecord[] {
  return [...new Set(ids)].map((id, n) => {
    const company = companies.find((company) => company.id === id);
    if (!company) throw new AppError("invalid_parameter", `companies[${n}] names no company of the database.`);
    return company;
  });
}

function find({ domains }: Pick<Loaded, "domains">, id: string): DomainRecord {
  const domain = domains.find((domain) => domain.id === id);
  if (!domain) throw new AppError("not_found", "The database has no such domain.");
  return domain;
}
