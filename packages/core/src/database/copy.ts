import { type Document, read as readDocument } from "../export/document.ts";
import { run } from "../export/import.ts";
import type { Plan } from "../export/plan.ts";
import type { Ports } from "../ports/main.ts";
import { type Created, create } from "./create.ts";
import { find } from "./list.ts";
import { read } from "./version.ts";
import { view } from "./view.ts";

/** A copy of a database that was just made. */
export interface Copied extends Created {
  /** Servers that have no secrets in the copy. */
  readonly secrets_missing: Plan["secrets_missing"];
}

/**
 * Makes a new database with the configuration of another, for staging: new keys, no secrets, no mail, and its own mail
 * is kept and sent to nobody (`delivery: capture`) until the operator says otherwise. Its domains are its own to prove.
 * A copy that was cut short is deleted and made again.
 * @throws AppError not_found for the one to be copied; as `create` does.
 */
export async function copy(
  ports: Ports,
  from: string,
  { name, reuse_name }: { readonly name: string; readonly reuse_name?: boolean | undefined },
): Promise<Copied> {
  const source = await find(ports, from);
  const { plan, apps, daily_limit } = source;
  const document = await readDocument(ports, source);
  const { database, api_key } = await create(ports, { name, reuse_name, plan, apps, daily_limit, delivery: "capture" });
  const root = ports.operator.root_domain;
  const moved = relocate(document, `${from}.${root}`, `${name}.${root}`);
  const { secrets_missing } = await run(ports, await read(ports.store, database.id), moved, false);
  return { database: view(ports, await read(ports.store, database.id)), api_key, secrets_missing };
}

/** Addresses on the default domain of the one are on that of the other in its copy. */
function relocate(document: Document, from: string, to: string): Document {
  const domain = new RegExp(`(?<![\\w.-])${from.replaceAll(".", "\\.")}(?![\\w-]|\\.\\w)`, "g");
  return JSON.parse(JSON.stringify(document).replaceAll(domain, to)) as Document;
}
