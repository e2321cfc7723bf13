import * as Company from "../company/company.ts";
import { type Loaded, load } from "../configuration/load.ts";
import { change } from "../database/change.ts";
import { read, type Version } from "../database/version.ts";
import * as Domain from "../domain/domain.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { ServerRecord } from "../server/record.ts";
import type { Replaced } from "../server/replacement.ts";
import { rebind } from "../server/secret.ts";
import * as Server from "../server/server.ts";
import { orderTracking, patch as patchSettings } from "../settings/patch.ts";
import { putAliases, removeAliases } from "./aliases.ts";
import { clean } from "./clean.ts";
import type { Step } from "./compare.ts";
import * as Desired from "./desired.ts";
import { type Document, type DomainEntry, readState, type ServerEntry } from "./document.ts";
import { type Plan, plan } from "./plan.ts";
import { byReference, references } from "./reference.ts";

/**
 * Makes a database's configuration what a document says; of what it does not speak stays. Each record is changed by
 * the same function as by a single request, so the same rules hold; a run that was cut short is simply made again, and
 * finds the rest to be done.
 * @param dry only says what would be done.
 * @throws AppError what an entry is refused with, naming it. What was done before stays.
 */
export async function run(ports: Ports, version: Version, given: Document, dry: boolean): Promise<Plan> {
  const planned = await plan(ports, await readState(ports, version), given);
  if (dry) return planned;
  const document = clean(given);
  const current = () => read(ports.store, version.id);
  const now = async () => load(ports, await current());
  const doing = { ports, document, now };
  const touched = [...planned.create, ...planned.update];
  // Changes first: a new one may have the addresses that another leaves
  for (const step of ofNoun("domain", [...planned.update, ...planned.create])) await putDomain(doing, step);
  // The first domain of a database goes to all companies: what they are to have is looked at anew
  const { create, update } = await plan(ports, await readState(ports, await current()), document);
  for (const step of ofNoun("company", [...create, ...update])) await putCompany(doing, step);
  await putAliases(doing, ofNoun("alias", touched));
  // An owner has one active server, so those that are not to be theirs any more make way first
  const leaving = planned.update.filter(({ fields = [] }) => fields.includes("owner") || fields.includes("active"));
  const rested = new Set<string>();
  for (const step of ofNoun("server", [...leaving, ...planned.delete]))
    if (await rest(doing, step)) rested.add(step.name);
  for (const step of ofNoun("server", touched)) await putServer(doing, step, rested.has(step.name));
  if (planned.delete.length > 0 || ofNoun("settings", touched).length > 0) await putSettings(doing);
  // What is written already may not have been carried to SES, where an earlier run was cut short between the two
  else if (document.settings?.tracking) await orderTracking(ports, version.id);
  // From the end, where references count on: what uses a record goes before it
  await removeAliases(doing, ofNoun("alias", planned.delete));
  for (const step of planned.delete.toReversed()) await remove(doing, step);
  return planned;
}

interface Doing {
  readonly ports: Ports;
  readonly document: Document;
  readonly now: () => Promise<Loaded>;
}

const ofNoun = (noun: Step["noun"], steps: readonly Step[]): Step[] => steps.filter((step) => step.noun === noun);

/** The entry of a reference. */
function entryOf<T extends { readonly name: string }>(entries: readonly T[] = [], name: string): T | undefined {
  return entries[references(entries.map((entry) => entry.name)).indexOf(name)];
}

const customOf = ({ domains }: Loaded) => byReference(domains.filter(({ is_default }) => !is_default));

async function putDomain({ ports, document, now }: Doing, { name }: Step): Promise<void> {
  const loaded = await now();
  const fallback = loaded.domains.find((domain) => domain.is_default && domain.name === name);
  const known = fallback ?? customOf(loaded).get(name);
  const entry: DomainEntry | undefined = fallback
    ? { name, ...document.default_domain }
    : entryOf(document.domains, name);
  if (!entry) return;
  const { name: text, ...input } = entry;
  if (known) await Domain.patch(ports, loaded.version, known.id, input);
  else await Domain.create(ports, loaded.version, { name: text, ...input });
}

async function putCompany({ ports, document, now }: Doing, { name }: Step): Promise<void> {
  const loaded = await now();
  const entry = entryOf(document.companies, name);
  if (!entry) return;
  const known = byReference(loaded.companies).get(name);
  const domain_id = typeof entry.domain === "string" ? customOf(loaded).get(entry.domain)?.id : null;
  const input = { name: entry.name, domain_id };
  if (known) await Company.patch(ports, loaded.version, known.id, input);
  else await Company.create(ports, loaded.version, input);
}

/** As a single request, but that a server may be without its secrets: then it has none, and what it had is deleted. */
async function putServer({ ports, document, now }: Doing, { name }: Step, rested: boolean): Promise<void> {
  const found: ServerEntry | undefined = entryOf(document.servers, name);
  if (!found) return;
  const entry = rested ? { ...found, active: found.active ?? true } : found;
  const { version } = await now();
  await change(ports, version, async (loaded) => {
    const before = byReference(loaded.servers).get(name);
    const { record, missing } = Desired.server(ports, loaded, before, entry);
    const { writes, settings } = await replaced(ports, loaded, before, record);
    const put = putOf(version.id, record);
    const forgets = missing.length > 0 || record.secrets_set.length === 0;
    const secret = forgets ? [{ delete: keys.secret(version.id, record.id) }] : rebind(version.id, record, before);
    return { writes: [put, ...secret, ...writes], settings, result: undefined };
  });
}

/** What depended on a server that rests or changes its owner is left to the rules (R-SRV-6). */
async function replaced(
  ports: Ports,
  loaded: Loaded,
  before: ServerRecord | undefined,
  after: ServerRecord,
): Promise<Replaced> {
  if (!before) return { writes: [], settings: {} };
  const left = before.active || before.owner !== after.owner;
  return Server.replaceBy(ports, loaded, before, after, left ? null : undefined);
}

const putOf = (db: string, server: ServerRecord) => ({
  put: { ...keys.configuration(db, "server", server.id), ...server },
});

/** Makes a personal server inactive. @returns whether it was active. */
async function rest({ ports, now }: Doing, { name }: Step): Promise<boolean> {
  const before = await now();
  const { version } = before;
  const id = byReference(before.servers).get(name)?.id;
  const active = ({ servers }: Loaded) => servers.find((server) => server.id === id && server.active && server.owner);
  if (!active(before)) return false;
  await change(ports, version, (loaded) => {
    const server = active(loaded);
    return { writes: server ? [putOf(version.id, { ...server, active: false })] : [], result: undefined };
  });
  return true;
}

async function putSettings({ ports, document, now }: Doing): Promise<void> {
  const { settings } = document;
  if (!settings) return;
  const loaded = await now();
  const { dedicated_server, ...rest } = settings;
  const server = typeof dedicated_server === "string" ? byReference(loaded.servers).get(dedicated_server) : undefined;
  const dedicated = dedicated_server === undefined ? {} : { dedicated_server: server?.active ? server.id : null };
  await patchSettings(ports, loaded.version, { ...rest, ...dedicated });
}

async function remove({ ports, now }: Doing, { noun, name }: Step): Promise<void> {
  const loaded = await now();
  const { version } = loaded;
  const [domain, company, server] = [customOf(loaded), byReference(loaded.companies), byReference(loaded.servers)];
  if (noun === "domain") await Domain.remove(ports, version, domain.get(name)?.id ?? "");
  if (noun === "company") await Company.remove(ports, version, company.get(name)?.id ?? "");
  if (noun === "server") await Server.remove(ports, version, server.get(name)?.id ?? "", null);
}
