import { type AliasInput, blank, draft } from "../alias/draft.ts";
import { type Edit, maximum, write } from "../alias/edit.ts";
import { among } from "../alias/find.ts";
import type { Loaded } from "../configuration/load.ts";
import { change } from "../database/change.ts";
import type { Version } from "../database/version.ts";
import { assertUnused } from "../domain/domain.ts";
import type { DomainRecord } from "../domain/record.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import { type Compared, compare, type Step } from "./compare.ts";
import { type AliasEntry, type Document, documentOf, type State } from "./document.ts";
import type { DomainPlan } from "./domains.ts";
import { each, named } from "./each.ts";
import { byReference } from "./reference.ts";

type Needs = Pick<Ports, "clock" | "random">;

/** So many are written at once: each takes up to four of the 100 actions of a transaction. */
const together = 20;

/**
 * Compares the routing aliases of a document with those there are, by their addresses. Domains that are to go go last,
 * so those of today count too.
 * @throws AppError as `Alias.create` and `Alias.patch` do, naming the entry; conflict for a domain that goes while
 *   aliases, of which the document does not speak, use it (R-DOM-6).
 */
export function planAliases(ports: Needs, state: State, domains: DomainPlan, document: Document): Compared[] {
  const { aliases: entries } = document;
  if (!entries) return assertLeft(state, domains);
  const known = new Map(state.aliases.map((alias) => [alias.address, alias]));
  const seen = new Set<string>();
  const found = each("aliases", entries, (entry) => {
    const { id, name } = domainOf(domains.named, state, entry);
    const start = known.get(`${entry.name}@${name}`) ?? blank(ports, state);
    const { address, model, record_id, accept_from, refusal } = draft(domains.records, start, inputOf(entry, id));
    if (seen.has(address)) throw invalid("name", "gives an address that an entry before has: an address has one route");
    seen.add(address);
    return [address, { domain: entry.domain ?? null, model, record_id, accept_from, refusal }] as const;
  });
  const now = documentOf(state).aliases;
  const compared = compare("alias", new Map(state.aliases.map(({ address }, n) => [address, now[n] ?? {}])), found);
  assertRoom(compared, known.size);
  return compared;
}

function assertLeft({ aliases }: State, { gone }: DomainPlan): Compared[] {
  for (const { id } of gone)
    try {
      assertUnused(aliases.filter(({ domain_id }) => domain_id === id).length);
    } catch (error) {
      throw named("domains", error);
    }
  return [];
}

/** What is new is made before what is not in the document is deleted, so there is to be room for both. */
function assertRoom(compared: readonly Compared[], known: number): void {
  const made = compared.filter(({ action }) => action === "create").length;
  if (made === 0 || known + made <= maximum) return;
  throw new AppError(
    "conflict",
    `aliases are more than ${maximum} with those that go: import without the new ones first.`,
    {
      details: { field: "aliases" },
    },
  );
}

/** The domain of an entry, by reference; null = the default domain. */
function domainOf(
  custom: ReadonlyMap<string, DomainRecord>,
  { domains }: Pick<Loaded, "domains">,
  { domain: reference = null }: AliasEntry,
): DomainRecord {
  const found = reference === null ? domains.find(({ is_default }) => is_default) : custom.get(reference);
  if (found) return found;
  throw invalid("domain", "names none of the domains: give its name, or null");
}

const inputOf = (entry: AliasEntry, domain: string): AliasInput => ({ ...entry, domain });

/** What is to be done to a database's routing aliases. */
interface Doing {
  readonly ports: Ports;
  readonly document: Document;
  readonly now: () => Promise<Loaded>;
}

/** Makes and changes routing aliases as the entries of a document say. */
export async function putAliases({ ports, document, now }: Doing, steps: readonly Step[]): Promise<void> {
  if (steps.length === 0) return;
  const loaded = await now();
  const custom = byReference(loaded.domains.filter(({ is_default }) => !is_default));
  const inputs = new Map<string, AliasInput>();
  for (const entry of document.aliases ?? []) {
    const { id, name } = domainOf(custom, loaded, entry);
    inputs.set(`${entry.name}@${name}`, inputOf(entry, id));
  }
  await inGroups(ports, loaded.version, steps, (loaded, before, address) => {
    const input = inputs.get(address);
    return input ? { before, after: draft(loaded.domains, before ?? blank(ports, loaded), input) } : {};
  });
}

/** Deletes routing aliases; those that are gone already are. */
export async function removeAliases({ ports, now }: Doing, steps: readonly Step[]): Promise<void> {
  if (steps.length > 0) await inGroups(ports, (await now()).version, steps, (_loaded, before) => ({ before }));
}

/** Each group is one change of the configuration: cut short, those before it are done. */
async function inGroups(
  ports: Ports,
  version: Version,
  steps: readonly Step[],
  decide: (loaded: Loaded, before: Edit["before"], address: string) => Edit,
): Promise<void> {
  for (let n = 0; n < steps.length; n += together) {
    const addresses = steps.slice(n, n + together).map(({ name }) => name);
    await change(ports, version, async (loaded) => {
      const known = await among(ports, version.id, addresses);
      const edits = addresses.map((address) => decide(loaded, known.get(address), address));
      return { ...(await write(ports, version.id, edits)), result: undefined };
    });
  }
}

const invalid = (field: string, why: string): AppError =>
  new AppError("invalid_parameter", `${field} ${why}.`, { details: { field } });
