import { isDeepStrictEqual } from "node:util";
import type { Loaded } from "../configuration/load.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import type { ServerRecord } from "../server/record.ts";
import { assertFit, assertSettings } from "../settings/patch.ts";
import * as Desired from "./desired.ts";
import { type Document, type DomainEntry, documentOf, type SettingsEntry, type Whole } from "./document.ts";
import { byReference, references } from "./reference.ts";

/** A record that an import makes, changes or deletes, by its reference. */
export interface Step {
  readonly noun: "company" | "domain" | "server" | "settings";
  readonly name: string;
  /** What of it differs, where it is changed. */
  readonly fields?: readonly string[];
}

/** What an import comes to. */
export interface Plan {
  readonly create: readonly Step[];
  readonly update: readonly Step[];
  readonly delete: readonly Step[];
  /** How many records are as the document says. */
  readonly unchanged: number;
  /** Servers that cannot log in until they are given their secrets; they are not active until then. */
  readonly secrets_missing: readonly { readonly server: string; readonly secrets: readonly string[] }[];
}

type Needs = Pick<Ports, "clock" | "random" | "operator">;
type Fields = Readonly<Record<string, unknown>>;

/**
 * Compares a document with a configuration; changes nothing.
 * @throws AppError what a single request with an entry would be refused with, naming the entry.
 */
export function plan(ports: Needs, loaded: Loaded, document: Document): Plan {
  const now = documentOf(loaded);
  const servers = serversOf(ports, loaded, document);
  const steps = [
    ...ofDomains(ports, loaded, document, now),
    ...ofCompanies(loaded, document, now),
    ...ofServers(loaded, servers),
    ...ofSettings(ports, loaded, document, now, servers),
  ];
  const of = (action: Compared["action"]) => steps.filter((step) => step.action === action).map(({ step }) => step);
  return {
    create: of("create"),
    update: of("update"),
    delete: of("delete"),
    unchanged: of("unchanged").length,
    secrets_missing: (servers ?? []).flatMap(([server, { missing }]) =>
      missing.length > 0 ? [{ server, secrets: missing }] : [],
    ),
  };
}

interface Compared {
  readonly action: "create" | "update" | "delete" | "unchanged";
  readonly step: Step;
}

function ofDomains(ports: Needs, loaded: Loaded, document: Document, now: Whole): Compared[] {
  const custom = byReference(loaded.domains.filter(({ is_default }) => !is_default));
  const known = new Map([...custom.keys()].map((name, n) => [name, now.domains[n] as unknown as Fields]));
  const earlier: Required<DomainEntry>[] = [];
  const found =
    document.domains &&
    each("domains", document.domains, (entry, name) => {
      const domain = Desired.domain(ports, loaded, custom.get(name), entry);
      assertApart(earlier, domain);
      earlier.push(domain);
      return domain;
    });
  const fallback = loaded.domains.find(({ is_default }) => is_default);
  const own =
    document.default_domain && fallback
      ? each("default_domain", [{ name: fallback.name, ...document.default_domain }], (entry) => {
          const { priority: _priority, resend: _resend, ...aliases } = Desired.domain(ports, loaded, fallback, entry);
          return aliases;
        })
      : [];
  const before = fallback ? new Map([[fallback.name, { name: fallback.name, ...now.default_domain }]]) : new Map();
  return [...compare("domain", before, own, false), ...compare("domain", known, found)];
}

/** Domains of one name have addresses of their own (R-DOM-4). */
function assertApart(earlier: readonly Required<DomainEntry>[], domain: Required<DomainEntry>): void {
  const { name, bounce_alias, catchall_alias } = domain;
  const twin = earlier.find(
    (other) => other.name === name && (other.bounce_alias === bounce_alias || other.catchall_alias === catchall_alias),
  );
  if (twin)
    throw new AppError("conflict", `${name} is there already with the same bounce or catchall alias: give it others.`);
}

function ofCompanies(loaded: Loaded, document: Document, now: Whole): Compared[] {
  const known = [...byReference(loaded.companies).keys()].map((name, n) => [name, now.companies[n]] as const);
  const domains = new Set(references((document.domains ?? now.domains).map(({ name }) => name)));
  const found = document.companies && each("companies", document.companies, (entry) => Desired.company(entry, domains));
  return compare("company", new Map(known) as unknown as Map<string, Fields>, found);
}

type DesiredServers = readonly (readonly [string, Desired.DesiredServer])[] | undefined;

/** Each is held against those of the document before it, not against those that it replaces. */
function serversOf(ports: Needs, loaded: Loaded, document: Document): DesiredServers {
  const known = byReference(loaded.servers);
  const servers: ServerRecord[] = [];
  return (
    document.servers &&
    each("servers", document.servers, (entry, name) => {
      const desired = Desired.server(ports, { ...loaded, servers }, known.get(name), entry);
      servers.push(desired.record);
      return desired;
    })
  );
}

function ofServers(loaded: Loaded, desired: DesiredServers): Compared[] {
  const known = byReference(loaded.servers);
  const found = desired?.map(([name, { record }]) => {
    const before = known.get(name);
    return [name, { ...record, id: before?.id, created_at: before?.created_at }] as const;
  });
  return compare("server", known as unknown as Map<string, Fields>, found);
}

/** A dedicated server that cannot be active yet is none, until it has its secrets. */
function ofSettings(
  { operator }: Needs,
  loaded: Loaded,
  document: Document,
  now: Whole,
  found: DesiredServers,
): Compared[] {
  const { settings } = document;
  if (settings === undefined) return [];
  assertSettings(settings);
  const servers = found ? new Map(found.map(([name, { record }]) => [name, record])) : byReference(loaded.servers);
  const { dedicated_server: name } = settings;
  const dedicated = typeof name === "string" ? servers.get(name) : undefined;
  if (typeof name === "string" && !dedicated)
    throw new AppError("invalid_parameter", "settings.dedicated_server names none of the servers.", {
      details: { field: "settings.dedicated_server" },
    });
  const waits = found?.some(([reference, server]) => reference === name && server.waits) ?? false;
  const desired: SettingsEntry = waits ? { ...settings, dedicated_server: null } : settings;
  const changed = { ...desired, ...(dedicated && !waits && { dedicated_server: dedicated.id }) };
  const given = Object.entries(changed).filter(([, value]) => value !== undefined);
  assertFit({ ...loaded, servers: [...servers.values()] }, operator.root_domain, Object.fromEntries(given));
  const before = Object.fromEntries(
    Object.keys(desired).map((name) => [
      name,
      now.settings[name as keyof SettingsEntry] ?? (name === "custom_email_servers" ? loaded.settings[name] : null),
    ]),
  );
  return compare("settings", new Map([["settings", before]]), [["settings", desired as Fields]], false);
}

/** Each entry with its reference; what it is refused with names it. */
function each<T extends { readonly name: string }, R extends object>(
  list: string,
  entries: readonly T[],
  read: (entry: T, name: string) => R,
): [string, R][] {
  const names = references(entries.map(({ name }) => name));
  return entries.map((entry, n) => {
    try {
      const name = names[n] ?? entry.name;
      return [name, read(entry, name)];
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const where = `${list}[${n}]`;
      throw new AppError(error.name, `${where}: ${error.message}`, {
        cause: error,
        details: { ...error.details, entry: where },
      });
    }
  });
}

/** @param desired undefined = the document does not speak of them. */
function compare(
  noun: Step["noun"],
  known: ReadonlyMap<string, Fields>,
  desired: readonly (readonly [string, object])[] | undefined,
  whole = true,
): Compared[] {
  if (desired === undefined) return [];
  const wanted = new Set(desired.map(([name]) => name));
  const gone = whole ? [...known.keys()].filter((name) => !wanted.has(name)) : [];
  return [
    ...desired.map(([name, fields]): Compared => {
      const before = known.get(name);
      if (!before) return { action: "create", step: { noun, name } };
      const differ = Object.entries(fields).filter(([field, value]) => differs(before[field], value));
      if (differ.length === 0) return { action: "unchanged", step: { noun, name } };
      return { action: "update", step: { noun, name, fields: differ.map(([field]) => field) } };
    }),
    ...gone.map((name): Compared => ({ action: "delete", step: { noun, name } })),
  ];
}

const differs = (before: unknown, after: unknown): boolean =>
  after !== undefined && !isDeepStrictEqual(before ?? null, after);
