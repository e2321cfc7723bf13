import { type Loaded, load } from "../configuration/load.ts";
import { type Change, change } from "../database/change.ts";
import type { Version } from "../database/version.ts";
import * as Former from "../domain/former.ts";
import { customDomains } from "../domain/order.ts";
import { AppError } from "../error.ts";
import * as Id from "../id.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import { once } from "../idempotency/once.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Put, Write } from "../ports/store.ts";
import { byCreation } from "../routing/order.ts";
import type { CompanyRecord } from "./record.ts";

/** As many as one transaction of 100 actions can move to another domain (R-DOM-6), with what goes along. */
export const maximum = 80;

/** What is given of a company. */
export interface CompanyInput {
  readonly name?: string | undefined;
  /** An alias domain's id; null = the default domain (R-DOM-8). */
  readonly domain_id?: string | null | undefined;
  /** Whether mail to the addresses of a domain it is the last to leave still comes in (R-DOM-7). Default: true. */
  readonly keep_old?: boolean | undefined;
}

/** A company that was changed, and the addresses that mail still comes in by though its domain is another (R-DOM-7). */
export interface Patched extends CompanyRecord {
  readonly former_addresses: readonly Former.FormerAddress[];
}

type Needs = Pick<Ports, "store" | "clock" | "random" | "operator">;

/** The companies of a database, the first one first. */
export async function list(ports: Pick<Ports, "store" | "operator">, version: Version): Promise<CompanyRecord[]> {
  const { companies } = await load(ports, version);
  return companies.toSorted(byCreation);
}

/** @throws AppError not_found */
export async function get(
  ports: Pick<Ports, "store" | "operator">,
  version: Version,
  id: string,
): Promise<CompanyRecord> {
  return find(await load(ports, version), id);
}

/**
 * Makes a company; without a domain given it gets the first in order (R-DOM-5).
 * @param key makes it once for an idempotency key.
 * @throws AppError missing_required_field, invalid_parameter; conflict when there are 80.
 */
export async function create(
  ports: Needs & Pick<Ports, "vault">,
  version: Version,
  input: CompanyInput,
  key?: Idempotency,
): Promise<CompanyRecord> {
  const name = cleanName(input.name);
  const id = Id.make("company", ports);
  const created_at = new Date(ports.clock.now()).toISOString();
  const decide = async (loaded: Loaded) => {
    if (loaded.companies.length >= maximum)
      throw new AppError("conflict", `A database has at most ${maximum} companies.`);
    const first = customDomains(loaded.domains)[0]?.id ?? null;
    const domain_id = input.domain_id === undefined ? first : place(loaded, input.domain_id);
    return written(ports, loaded, { id, name, domain_id, created_at });
  };
  return once(ports, version.id, key, (claims) => change(ports, version, decide, claims));
}

/** Renames a company or moves it to another domain. @throws AppError not_found, invalid_parameter */
export async function patch(ports: Needs, version: Version, id: string, input: CompanyInput): Promise<Patched> {
  const name = input.name === undefined ? {} : { name: cleanName(input.name) };
  return change(ports, version, async (loaded) => {
    const company = find(loaded, id);
    const domain = input.domain_id === undefined ? {} : { domain_id: place(loaded, input.domain_id) };
    const record = { ...company, ...name, ...domain };
    const former = await formerWrites(ports, loaded, company, record, input.keep_old);
    const result = { ...record, former_addresses: Former.named(former) };
    return { writes: [put(version.id, record), ...former], result };
  });
}

/** The domain it moves to stands in for the one it was the last to leave; the default domain where the company goes. */
async function formerWrites(
  ports: Needs,
  loaded: Loaded,
  { id, domain_id: left }: CompanyRecord,
  record: CompanyRecord | undefined,
  keep_old: boolean | undefined,
): Promise<Write[]> {
  const { version, domains, companies } = loaded;
  const next = record?.domain_id ?? null;
  if (left === null && next === null) return [];
  const keeping = await Former.keeping(ports, loaded, { ids: left === null ? [] : [left], keep_old });
  const after = { domains, companies: companies.flatMap((each) => (each.id === id ? (record ?? []) : each)) };
  const standIn = next ?? loaded.prepared.fallback.id;
  return Former.writes(version.id, loaded, after, keeping, standIn, ports.clock.now());
}

/** What a deletion leaves: the addresses that mail still comes in by (R-DOM-7). */
export type Removed = Pick<Patched, "former_addresses">;

/** Deletes a company. @throws AppError not_found; conflict for the last one: a database has at least one. */
export async function remove(
  ports: Needs,
  version: Version,
  id: string,
  { keep_old }: Pick<CompanyInput, "keep_old"> = {},
): Promise<Removed> {
  return change(ports, version, async (loaded) => {
    const company = find(loaded, id);
    if (loaded.companies.length === 1)
      throw new AppError("conflict", "This is the only company of the database: make another before you delete it.");
    const former = await formerWrites(ports, loaded, company, undefined, keep_old);
    const gone = { delete: keys.configuration(version.id, "company", id) };
    return { writes: [gone, ...former], result: { former_addresses: Former.named(former) } };
  });
}

/** The write of a company record. */
export const put = (db: string, company: CompanyRecord): Put => ({
  put: { ...keys.configuration(db, "company", company.id), ...company },
});

/** The addresses that a new company brings back into use are former no longer (R-DOM-7). */
async function written(ports: Needs, loaded: Loaded, company: CompanyRecord): Promise<Change<CompanyRecord>> {
  const { version, domains, companies, prepared } = loaded;
  const after = { domains, companies: [...companies, company] };
  const keeping = await Former.keeping(ports, loaded, { ids: [] });
  const standIn = company.domain_id ?? prepared.fallback.id;
  const back = Former.writes(version.id, loaded, after, keeping, standIn, ports.clock.now());
  return { writes: [put(version.id, company), ...back], result: company };
}

/** The default domain is stored as null: a company without one. */
function place({ domains }: Loaded, id: string | null): string | null {
  if (id === null) return null;
  const domain = domains.find((domain) => domain.id === id);
  if (!domain) throw refusal("domain_id", "names no domain of the database");
  return domain.is_default ? null : id;
}

function find({ companies }: Loaded, id: string): CompanyRecord {
  const company = companies.find((company) => company.id === id);
  if (!company) throw new AppError("not_found", "The database has no such company.");
  return company;
}

/** The name is the display name of mail without a From (R-REW-2), so it is held to a header's characters. */
export function cleanName(name: string | undefined): string {
  const text = name?.trim();
  if (text === undefined)
    throw new AppError("missing_required_field", "name is missing.", { details: { field: "name" } });
  if (text === "" || text.length > 200 || /\p{Cc}/u.test(text))
    throw refusal("name", "is to be 1 to 200 characters without line breaks");
  return text;
}

const refusal = (field: string, why: string): AppError =>
  new AppError("invalid_parameter", `${field} ${why}.`, { details: { field } });
