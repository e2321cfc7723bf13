import { maximum as mostCompanies } from "../company/company.ts";
import type { Loaded } from "../configuration/load.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import type { ServerRecord } from "../server/record.ts";
import { maximum as mostServers } from "../server/server.ts";
import { planAliases } from "./aliases.ts";
import { clean } from "./clean.ts";
import { type Compared, compare, type Step } from "./compare.ts";
import * as Desired from "./desired.ts";
import { type Document, documentOf, type State, type Whole } from "./document.ts";
import { planDomains } from "./domains.ts";
import { each } from "./each.ts";
import { byReference, references } from "./reference.ts";
import { compareSettings } from "./settings.ts";

/** What an import comes to. */
export interface Plan {
  readonly create: readonly Step[];
  readonly update: readonly Step[];
  readonly delete: readonly Step[];
  /** How many records are as the document says. */
  readonly unchanged: number;
  /** Servers that cannot log in until they are given their secrets; they are not active until then. */
  readonly secrets_missing: readonly { readonly server: string; readonly secrets: readonly string[] }[];
  /** Platform records that are not active until these domains of their filter are verified (R-SRV-4). */
  readonly domains_unverified: readonly { readonly server: string; readonly domains: readonly string[] }[];
}

type Needs = Pick<Ports, "clock" | "random" | "operator">;

/**
 * Compares a document with a configuration; changes nothing. What an import would be refused with on its way is refused
 * here, so that a dry run and a run say the same.
 * @throws AppError what a single request with an entry would be refused with, naming the entry.
 */
export async function plan(ports: Needs, loaded: State, given: Document): Promise<Plan> {
  const document = clean(given);
  const now = documentOf(loaded);
  const domains = await planDomains(ports, loaded, document);
  const servers = serversOf(ports, { ...loaded, domains: domains.records }, document);
  const steps = [
    ...domains.compared,
    ...ofCompanies(loaded, document, now),
    ...ofServers(loaded, servers),
    ...compareSettings(ports, loaded, document, servers),
    ...planAliases(ports, loaded, domains, document),
  ];
  const of = (action: Compared["action"]) => steps.filter((step) => step.action === action).map(({ step }) => step);
  const found = servers ?? [];
  return {
    create: of("create"),
    update: of("update"),
    delete: of("delete"),
    unchanged: of("unchanged").length,
    secrets_missing: found.flatMap(([server, { missing }]) =>
      missing.length > 0 ? [{ server, secrets: missing }] : [],
    ),
    domains_unverified: found.flatMap(([server, { unverified }]) =>
      unverified.length > 0 ? [{ server, domains: unverified }] : [],
    ),
  };
}

function ofCompanies({ companies }: Loaded, document: Document, now: Whole): Compared[] {
  if (!document.companies) return [];
  const known = new Map([...byReference(companies).keys()].map((name, n) => [name, now.companies[n] ?? {}]));
  const domains = new Set(references((document.domains ?? now.domains).map(({ name }) => name)));
  const found = each("companies", document.companies, (entry) => Desired.company(entry, domains));
  if (found.length === 0) throw refusal("conflict", "companies", "is empty: a database has at least one company");
  const compared = compare(
    "company",
    known,
    withReferences(found, ({ name }) => name),
  );
  assertRoom("companies", compared, known.size, mostCompanies);
  return compared;
}

/** Each is held against those of the document before it, not against those that it replaces. */
function serversOf(ports: Needs, loaded: Loaded, { servers: entries }: Document): Desired.Servers | undefined {
  if (!entries) return undefined;
  const known = byReference(loaded.servers);
  const names = references(entries.map(({ name }) => name));
  const servers: ServerRecord[] = [];
  const found = each("servers", entries, (entry) => {
    const before = known.get(names[servers.length] ?? entry.name);
    const desired = Desired.server(ports, { ...loaded, servers }, before, entry);
    servers.push(desired.record);
    return desired;
  });
  return withReferences(found, ({ record }) => record.name);
}

function ofServers(loaded: Loaded, desired: Desired.Servers | undefined): Compared[] {
  const known = byReference(loaded.servers);
  const found = desired?.map(([name, { record }]) => {
    const before = known.get(name);
    return [name, { ...record, id: before?.id, created_at: before?.created_at }] as const;
  });
  const compared = compare("server", known, found);
  assertRoom("servers", compared, known.size, mostServers);
  return compared;
}

/** What is new is made before what is not in the document is deleted, so there is to be room for both. */
function assertRoom(list: string, compared: readonly Compared[], known: number, most: number): void {
  const made = compared.filter(({ action }) => action === "create").length;
  if (made > 0 && known + made > most)
    throw refusal("conflict", list, `are more than ${most} with those that go: import without the new ones first`);
}

const withReferences = <T>(found: readonly T[], nameOf: (one: T) => string): (readonly [string, T])[] => {
  const names = references(found.map(nameOf));
  return found.map((one, n) => [names[n] ?? nameOf(one), one]);
};

const refusal = (name: "conflict", field: string, why: string): AppError =>
  new AppError(name, `${field} ${why}.`, { details: { field } });
