import { load } from "../configuration/load.ts";
import { AppError } from "../error.ts";
import { type Document, read as readDocument } from "../export/document.ts";
import { run } from "../export/import.ts";
import { type Plan, plan } from "../export/plan.ts";
import type { Ports } from "../ports/main.ts";
import { defaultSettings } from "../settings/record.ts";
import { type Created, create } from "./create.ts";
import { find } from "./list.ts";
import { assertName } from "./name.ts";
import { remove } from "./remove.ts";
import { read, type Version } from "./version.ts";
import { view } from "./view.ts";

/** A copy of a database that was just made. */
export interface Copied extends Created {
  /** Servers that have no secrets in the copy. */
  readonly secrets_missing: Plan["secrets_missing"];
}

/** How long a copy that failed is erased at once, in ms; the tick does the rest. */
const undoing = 5_000;

/**
 * Makes a new database with the configuration of another, for staging: new keys, no secrets, no mail, and its own mail
 * is kept and sent to nobody (`delivery: capture`) until the operator says otherwise. Its domains are its own to prove.
 * What cannot be copied is refused before anything is made, and a copy that fails on its way is deleted again; one that
 * was cut short is deleted by hand and made again.
 * @throws AppError not_found for the one to be copied; conflict when it is being deleted; as `create` does.
 */
export async function copy(
  ports: Ports,
  from: string,
  { name, reuse_name }: { readonly name: string; readonly reuse_name?: boolean | undefined },
): Promise<Copied> {
  assertName(name);
  const source = await find(ports, from);
  if (source.status === "deleting") throw new AppError("conflict", "The database is being deleted.");
  const root = ports.operator.root_domain;
  const document = relocate(await readDocument(ports, source), `${from}.${root}`, `${name}.${root}`);
  await assertCopies(ports, source, name, document);
  const { plan, apps, daily_limit } = source;
  const { database, api_key } = await create(ports, { name, reuse_name, plan, apps, daily_limit, delivery: "capture" });
  try {
    const { secrets_missing } = await run(ports, await read(ports.store, database.id), document, false);
    return { database: view(ports, await read(ports.store, database.id)), api_key, secrets_missing };
  } catch (error) {
    await undo(ports, name);
    throw error;
  }
}

/** Plans the import as into a database just made. @throws AppError as the import would. */
async function assertCopies(ports: Ports, source: Version, name: string, document: Document): Promise<void> {
  const loaded = await load(ports, source);
  const domains = loaded.domains
    .filter(({ is_default }) => is_default)
    .map((domain) => ({ ...domain, name: `${name}.${ports.operator.root_domain}` }));
  const version: Version = { ...source, name, delivery: "capture" };
  const empty = { servers: [], companies: [], settings: defaultSettings };
  plan(ports, { ...loaded, ...empty, version, domains }, document);
}

/** Nobody knows its key, so it must not stay. */
async function undo(ports: Ports, name: string): Promise<void> {
  try {
    await remove(ports, name, { time_ms: undoing });
  } catch (error) {
    ports.log.warn("a copy that failed is not deleted", { database: name, error });
  }
}

/** Addresses on the default domain of the one are on that of the other in its copy, however they are spelled. */
function relocate(document: Document, from: string, to: string): Document {
  const domain = new RegExp(`(?<![\\w.-])${from.replaceAll(".", "\\.")}(?![\\w-]|\\.\\w)`, "gi");
  return JSON.parse(JSON.stringify(document).replaceAll(domain, to)) as Document;
}
