import { assertNone } from "../alias/free.ts";
import { assertOwnable, assertUnique } from "../domain/alias.ts";
import { assertRoom } from "../domain/domain.ts";
import type { DomainRecord } from "../domain/record.ts";
import * as Start from "../domain/start.ts";
import * as Id from "../id.ts";
import type { Ports } from "../ports/main.ts";
import { type Compared, compare } from "./compare.ts";
import * as Desired from "./desired.ts";
import { type Document, type DomainEntry, documentOf, type State } from "./document.ts";
import { named } from "./each.ts";
import { byReference, references } from "./reference.ts";

type Needs = Pick<Ports, "clock" | "random" | "operator">;

/** What an import does to the domains, and which there are while it goes on: those that are to go go last. */
export interface DomainPlan {
  readonly compared: readonly Compared[];
  readonly records: readonly DomainRecord[];
  /** Those that stay or are made, but the default domain, by their references in the document. */
  readonly named: ReadonlyMap<string, DomainRecord>;
  /** Those that go. */
  readonly gone: readonly DomainRecord[];
}

/**
 * Plans the domains of a document in the order in which an import writes them, changes before new ones: each is checked
 * against those that there are at that moment, as a single request is.
 * @throws AppError as `Domain.create` and `Domain.patch` do, naming the entry.
 */
export async function planDomains(ports: Needs, loaded: State, document: Document): Promise<DomainPlan> {
  const now = documentOf(loaded);
  const fallback = loaded.domains.find(({ is_default }) => is_default);
  const custom = byReference(loaded.domains.filter(({ is_default }) => !is_default));
  const own = fallback && document.default_domain ? { name: fallback.name, ...document.default_domain } : undefined;
  const records = new Map(loaded.domains.map((record) => [record.id, record]));
  const changed = own ? [(await put(ports, loaded, records, "default_domain", own, fallback)).fields] : [];
  const found = new Map<string, Planned>();
  for (const { name, entry, where, before } of inOrder(document.domains ?? [], custom))
    found.set(name, await put(ports, loaded, records, where, entry, before));
  const known = new Map([...custom.keys()].map((name, n) => [name, now.domains[n] ?? {}]));
  const aliases = changed.map(
    ({ priority: _priority, resend: _resend, ...entry }) => [entry.name, { ...entry }] as const,
  );
  return {
    compared: [
      ...compare(
        "domain",
        new Map(fallback ? [[fallback.name, { name: fallback.name, ...now.default_domain }]] : []),
        aliases,
        false,
      ),
      ...compare("domain", known, document.domains && inDocument(document.domains, found)),
    ],
    records: [...records.values()],
    named: document.domains ? new Map([...found].map(([name, { record }]) => [name, record])) : custom,
    gone: document.domains ? [...custom].filter(([name]) => !found.has(name)).map(([, record]) => record) : [],
  };
}

/** A domain that is to be: the fields that a document speaks of, and the record they are part of. */
interface Planned {
  readonly fields: Desired.DomainFields;
  readonly record: DomainRecord;
}

/** Entries with their references and the records they change; those that make one come after. */
function inOrder(entries: readonly DomainEntry[], known: ReadonlyMap<string, DomainRecord>) {
  const names = references(entries.map(({ name }) => name));
  const all = entries.map((entry, n) => {
    const name = names[n] ?? entry.name;
    return { name, entry, where: `domains[${n}]`, before: known.get(name) };
  });
  return [...all.filter(({ before }) => before), ...all.filter(({ before }) => !before)];
}

const inDocument = (entries: readonly DomainEntry[], found: ReadonlyMap<string, Planned>) =>
  references(entries.map(({ name }) => name)).flatMap((name) => {
    const planned = found.get(name);
    return planned ? [[name, planned.fields] as const] : [];
  });

/** Plays one write. */
async function put(
  ports: Needs,
  loaded: State,
  records: Map<string, DomainRecord>,
  where: string,
  entry: DomainEntry,
  before: DomainRecord | undefined,
): Promise<Planned> {
  try {
    const fields = Desired.domain(ports, loaded, before, entry);
    const record = { ...(before ?? blank(ports)), ...fields };
    if (!before) await assertNew(records, record);
    assertUnique([...records.values()], record);
    // Aliases are written after all domains
    assertNone(new Set(loaded.aliases.map(({ address }) => address)), record);
    records.set(record.id, record);
    return { fields, record };
  } catch (error) {
    throw named(where, error);
  }
}

async function assertNew(records: ReadonlyMap<string, DomainRecord>, record: DomainRecord): Promise<void> {
  await assertOwnable(record.name);
  Start.mailFrom(record);
  assertRoom([...records.values()], record.name);
}

const blank = (ports: Needs) => ({
  id: Id.make("domain", ports),
  is_default: false,
  verified: false,
  mx_at_us: false,
  created_at: new Date(ports.clock.now()).toISOString(),
});
