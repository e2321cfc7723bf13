import { load } from "../configuration/load.ts";
import { AppError } from "../error.ts";
import { type Document, read as readDocument } from "../export/document.ts";
import { run } from "../export/import.ts";
import { type Plan, plan } from "../export/plan.ts";
import { forget, type Idempotency } from "../idempotency/claim.ts";
import { type Claims, once } from "../idempotency/once.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { defaultSettings } from "../settings/record.ts";
import { copy as copyUsers } from "../user/copy.ts";
import { type Created, createOne } from "./create.ts";
import { find } from "./list.ts";
import { assertName } from "./name.ts";
import { remove } from "./remove.ts";
import { fromItem, read, type Version } from "./version.ts";

/** A copy of a database that was just made. */
export interface Copied extends Created {
  /** Servers that have no secrets in the copy. */
  readonly secrets_missing: Plan["secrets_missing"];
  /** Platform records that are inactive in the copy until it has proved their domains. */
  readonly domains_unverified: Plan["domains_unverified"];
}

/** What a copy is to be called. */
export interface CopyInput {
  readonly name: string;
  readonly reuse_name?: boolean | undefined;
}

/** How long a copy that failed is erased at once, in ms; the tick does the rest. */
const undoing = 5_000;

/**
 * Makes a new database with the configuration and the users of another, for staging: new keys, no secrets, no mail, none
 * of its threads, which its customers follow; and its own mail is kept and sent to nobody (`delivery: capture`) until the
 * operator says otherwise. Its domains are its own to prove.
 * What cannot be copied is refused before anything is made, and a copy that fails on its way is deleted again; one that
 * was cut short is finished by its idempotency key, or without one deleted by hand and made again.
 * @param key makes it once for an idempotency key of the operator's; the answer is kept sealed for a day.
 * @throws AppError not_found for the one to be copied; conflict when it is being deleted; as `create` does.
 */
export const copy = (ports: Ports, from: string, input: CopyInput, key?: Idempotency): Promise<Copied> =>
  once(ports, "operator", key, (claims) => copyOne(ports, from, input, claims, key), {
    sealed: true,
    resume: (copied) => resume(ports, from, copied).then(() => copied),
  });

async function copyOne(
  ports: Ports,
  from: string,
  input: CopyInput,
  claims: Claims<Copied>,
  key?: Idempotency,
): Promise<Copied> {
  const { name } = input;
  assertName(name);
  const source = await find(ports, from);
  if (source.status === "deleting") throw new AppError("conflict", "The database is being deleted.");
  const document = await documentOf(ports, source, name);
  const { secrets_missing, domains_unverified } = await planned(ports, source, name, document);
  const lacking = { secrets_missing, domains_unverified };
  const { plan, apps, daily_limit } = source;
  const name_until = await freeAt(ports, name);
  const company = document.companies?.[0]?.name;
  const made = { ...input, plan, apps, daily_limit, company, delivery: "capture" as const };
  const created = await createOne(ports, made, (answer) => claims({ ...answer, ...lacking }));
  try {
    await run(ports, await read(ports.store, created.database.id), document, false);
    await copyUsers(ports, source.id, created.database.id);
  } catch (error) {
    // The key goes first: it must not stand for a database that is deleted
    if (key) await forget(ports, "operator", key.key);
    await undo(ports, name, name_until);
    throw error;
  }
  return { ...created, ...lacking };
}

/** Finishes a copy that was cut short. Where it was deleted since, its first answer stands. */
async function resume(ports: Ports, from: string, { database }: Copied): Promise<void> {
  const item = await ports.store.get(keys.version(database.id), { consistent: true });
  if (!item || item["status"] === "deleting") return;
  const source = await find(ports, from);
  const document = await documentOf(ports, source, database.name);
  await run(ports, fromItem(item), document, false);
  await copyUsers(ports, source.id, database.id);
}

/** Plans the import as into a database just made. @throws AppError as the import would. */
async function planned(ports: Ports, source: Version, name: string, document: Document): Promise<Plan> {
  const loaded = await load(ports, source);
  const domains = loaded.domains
    .filter(({ is_default }) => is_default)
    .map((domain) => ({ ...domain, name: `${name}.${ports.operator.root_domain}` }));
  const version: Version = { ...source, name, delivery: "capture" };
  const empty = { servers: [], companies: [], settings: defaultSettings, aliases: [] };
  return plan(ports, { ...loaded, ...empty, version, domains }, document);
}

/** When a name is anybody's, epoch seconds: of a deleted database, after its time; else now. */
async function freeAt({ store }: Ports, name: string): Promise<number> {
  const claim = await store.get(keys.nameClaim(name), { consistent: true });
  return Number(claim?.["expires_at"] ?? 0);
}

/** Nobody knows its key, so it must not stay; no mail ever bore its name, so that is as free as it was (R-ADDR-1). */
async function undo(ports: Ports, name: string, name_until: number): Promise<void> {
  try {
    await remove(ports, name, { time_ms: undoing, name_until });
  } catch (error) {
    ports.log.warn("a copy that failed is not deleted", { database: name, error });
  }
}

/** The configuration to be copied. */
async function documentOf(ports: Ports, source: Version, name: string): Promise<Document> {
  const root = ports.operator.root_domain;
  return relocate(await readDocument(ports, source), `${source.name}.${root}`, `${name}.${root}`);
}

/** Addresses on the default domain of the one are on that of the other in its copy, however they are spelled. */
function relocate(document: Document, from: string, to: string): Document {
  const domain = new RegExp(`(?<![\\w.-])${from.replaceAll(".", "\\.")}(?![\\w-]|\\.\\w)`, "gi");
  return JSON.parse(JSON.stringify(document).replaceAll(domain, to)) as Document;
}
