import * as Company from "../company/company.ts";
import type { CompanyRecord } from "../company/record.ts";
import { type Loaded, load } from "../configuration/load.ts";
import { type Change, change } from "../database/change.ts";
import type { Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import * as Id from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { type Aliases, assertName, assertUnique, cleanAliases, given } from "./alias.ts";
import { sort } from "./order.ts";
import type { DomainRecord } from "./record.ts";
import { type DomainView, view } from "./view.ts";

/** What is given of an alias domain (R-DOM-1). */
export interface DomainInput {
  readonly priority?: number | undefined;
  readonly bounce_alias?: string | undefined;
  readonly catchall_alias?: string | undefined;
  readonly default_from?: string | undefined;
  /** Ids of companies that are moved to this domain (R-DOM-5). */
  readonly companies?: readonly string[] | undefined;
  /** Fields of the Resend API, kept as they are. */
  readonly resend?: Readonly<Record<string, unknown>> | undefined;
}

/** Alias domains of a database at most. */
const maximum = 500;
const defaults: Aliases = { bounce_alias: "bounce", catchall_alias: "catchall", default_from: "notifications" };

type Needs = Pick<Ports, "store" | "clock" | "random" | "operator">;

/** The alias domains of a database in order (R-DOM-1). */
export async function list(ports: Pick<Ports, "store" | "operator">, version: Version): Promise<DomainView[]> {
  const loaded = await load(ports, version);
  return sort(loaded.domains).map((domain) => view(loaded, domain));
}

/** @throws AppError not_found */
export async function get(ports: Pick<Ports, "store" | "operator">, version: Version, id: string): Promise<DomainView> {
  const loaded = await load(ports, version);
  return view(loaded, find(loaded, id));
}

/**
 * Makes an alias domain. The first one beside the default domain goes to all companies, later ones touch nobody
 * (R-DOM-5).
 * @throws AppError invalid_parameter for the name (R-DOM-2) or an alias (R-DOM-3, R-DOM-4); conflict when another
 *   domain has the same addresses, or there are 500.
 */
export async function create(
  ports: Needs,
  version: Version,
  input: DomainInput & { readonly name: string },
): Promise<DomainView> {
  assertName(input.name, ports.operator.root_domain);
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
  return change(ports, version, (loaded) => {
    if (loaded.domains.length >= maximum) throw new AppError("conflict", `A database has at most ${maximum} domains.`);
    const first = loaded.domains.every(({ is_default }) => is_default);
    const companies = chosen(loaded, input.companies);
    return written(loaded, record, first ? loaded.companies : companies);
  });
}

/**
 * Changes an alias domain; its name stays. Companies named are moved here, those not named stay where they are.
 * @throws AppError not_found, invalid_parameter, conflict
 */
export async function patch(ports: Needs, version: Version, id: string, input: DomainInput): Promise<DomainView> {
  return change(ports, version, (loaded) => {
    const domain = find(loaded, id);
    const record: DomainRecord = {
      ...domain,
      priority: input.priority ?? domain.priority,
      ...cleanAliases(reach(ports, version), domain.name, { ...domain, ...given(input) }),
      resend: merge(domain.resend, input.resend),
    };
    return written(loaded, record, chosen(loaded, input.companies));
  });
}

/**
 * Deletes an alias domain; its companies go to the next in order, in the end the default domain (R-DOM-6).
 * @throws AppError not_found; conflict for the default domain (R-ADDR-5).
 */
export async function remove(ports: Needs, version: Version, id: string): Promise<void> {
  return change(ports, version, (loaded) => {
    const domain = find(loaded, id);
    if (domain.is_default)
      throw new AppError("conflict", "The default domain cannot be deleted: it goes with the database.");
    const order = sort(loaded.domains);
    const next = order[order.indexOf(domain) + 1];
    const moved = loaded.companies.filter(({ domain_id }) => domain_id === id);
    const writes = [{ delete: keys.configuration(version.id, "domain", id) }, ...move(loaded, moved, next)];
    return { writes, result: undefined };
  });
}

const reach = ({ operator }: Needs, { name }: Version) => ({
  root: operator.root_domain,
  own: `${name}.${operator.root_domain}`,
});

function written(loaded: Loaded, record: DomainRecord, moved: readonly CompanyRecord[]): Change<DomainView> {
  assertUnique(loaded.domains, record);
  const db = loaded.version.id;
  const ids = new Set(moved.map(({ id }) => id));
  const domain_id = record.is_default ? null : record.id;
  const companies = loaded.companies.map((company) => (ids.has(company.id) ? { ...company, domain_id } : company));
  return {
    writes: [{ put: { ...keys.configuration(db, "domain", record.id), ...record } }, ...move(loaded, moved, record)],
    result: view({ companies }, record),
  };
}

const move = ({ version }: Loaded, companies: readonly CompanyRecord[], to: DomainRecord | undefined) =>
  companies.map((company) => Company.put(version.id, { ...company, domain_id: !to || to.is_default ? null : to.id }));

/** Fields that are objects themselves change field by field. */
function merge(kept: DomainRecord["resend"], given: DomainRecord["resend"] = {}): DomainRecord["resend"] {
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

function find({ domains }: Loaded, id: string): DomainRecord {
  const domain = domains.find((domain) => domain.id === id);
  if (!domain) throw new AppError("not_found", "The database has no such domain.");
  return domain;
}
