import type { CompanyRecord } from "../company/record.ts";
import { read, type Version } from "../database/version.ts";
import type { DomainRecord } from "../domain/record.ts";
import * as keys from "../keys.ts";
import { reachOf } from "../operator/public-url.ts";
import type { Ports } from "../ports/main.ts";
import type { Item, Store } from "../ports/store.ts";
import { type Prepared, prepare } from "../routing/prepare.ts";
import type { ServerRecord } from "../server/record.ts";
import { defaultSettings, type SettingsRecord } from "../settings/record.ts";

/** A database's configuration at one version, with what routing prepared from it. */
export interface Loaded {
  readonly version: Version;
  readonly servers: readonly ServerRecord[];
  readonly domains: readonly DomainRecord[];
  readonly companies: readonly CompanyRecord[];
  readonly settings: SettingsRecord;
  readonly prepared: Prepared;
}

type Needs = Pick<Ports, "store" | "operator">;

/** Compiled configurations by database; a changed version makes an entry useless, so none expires. */
const cache = new WeakMap<Store, Map<string, Loaded>>();
const cached = 1_000;

/**
 * The configuration of a database as of `version`, or a later one. Compiled once a version and process.
 * @returns with the version item it truly belongs to: the one given, or a newer that was found while reading.
 */
export async function load(ports: Needs, version: Version): Promise<Loaded> {
  const entries = cache.get(ports.store) ?? new Map<string, Loaded>();
  cache.set(ports.store, entries);
  const known = entries.get(version.id);
  if (known && known.version.config_version === version.config_version) return { ...known, version };
  const loaded = await readWhole(ports, version);
  entries.delete(version.id);
  entries.set(version.id, loaded);
  const [oldest] = entries.keys();
  if (entries.size > cached && oldest !== undefined) entries.delete(oldest);
  return loaded;
}

/** Reads until no write came in between: the query and the version item are not read in one moment. */
async function readWhole(ports: Needs, version: Version): Promise<Loaded> {
  let before = version;
  for (;;) {
    const items = await readAll(ports.store, version.id);
    const after = await read(ports.store, version.id);
    if (after.config_version === before.config_version) return compile(ports, after, items);
    before = after;
  }
}

async function readAll(store: Store, db: string): Promise<Item[]> {
  const { pk } = keys.version(db);
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.query({
      pk,
      prefix: keys.configurationPrefix,
      consistent: true,
      ...(cursor === undefined ? {} : { cursor }),
    });
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return items;
}

function compile({ operator }: Needs, version: Version, items: readonly Item[]): Loaded {
  const servers = records<ServerRecord>(items, "server");
  const domains = records<DomainRecord>(items, "domain");
  const companies = records<CompanyRecord>(items, "company");
  const stored = { ...defaultSettings, ...records<SettingsRecord>(items, "settings")[0] };
  // What the operator forbids by plan is in force whatever is stored (R-SRV-10)
  const settings = { ...stored, custom_email_servers: stored.custom_email_servers && version.custom_email_servers };
  const prepared = prepare({
    database: version.name,
    root_domain: operator.root_domain,
    platform: operator.platform,
    links: reachOf(operator.public_url),
    servers,
    domains,
    companies,
    settings,
  });
  return { version, servers, domains, companies, settings, prepared };
}

function records<T>(items: readonly Item[], noun: keys.ConfigurationNoun): T[] {
  const prefix = `${keys.configurationPrefix}${noun}#`;
  return items.filter(({ sk }) => sk.startsWith(prefix)).map(({ pk: _pk, sk: _sk, v: _v, ...record }) => record as T);
}
