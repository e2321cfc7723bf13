import { AppError } from "../error.ts";
import { is } from "../id.ts";
import * as keys from "../keys.ts";
import { dayOf } from "../limit/day.ts";
import { usedOf } from "../limit/usage.ts";
import type { Ports } from "../ports/main.ts";
import type { Query } from "../ports/store.ts";
import * as Reputation from "../reputation/view.ts";
import { fromItem, read, type Version } from "./version.ts";
import { type DatabaseView, view } from "./view.ts";

type Needs = Pick<Ports, "store" | "clock" | "operator">;

/** A page of a list, by name: so many after or before one. */
export interface PageOf {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

/**
 * Who holds a name, read strongly.
 * @throws AppError not_found when no database does.
 */
export async function find({ store }: Pick<Ports, "store">, name: string): Promise<Version> {
  // No name is longer or empty, and DynamoDB takes no such key
  const possible = name !== "" && name.length <= 63;
  const claim = possible ? await store.get(keys.nameClaim(name), { consistent: true }) : undefined;
  if (!claim || claim["expires_at"] !== undefined)
    throw new AppError("not_found", "There is no database of this name.");
  return read(store, String(claim["database"]));
}

/**
 * A database by its name, with what it has used of its limit today and how its platform mail is received.
 * @throws AppError not_found
 */
export async function get(
  ports: Needs,
  name: string,
): Promise<DatabaseView & { reputation: Reputation.ReputationView }> {
  const version = await find(ports, name);
  const [[found], reputation] = await Promise.all([withUse(ports, [version]), Reputation.view(ports, version)]);
  if (!found) throw new AppError("not_found", "There is no database of this name.");
  return { ...found, reputation };
}

/** All databases by name, each with used and limit (R-LIM-2). The list may be behind a creation by a moment. */
export async function list(ports: Needs, page: PageOf): Promise<{ data: DatabaseView[]; has_more: boolean }> {
  const found = await ports.store.query(await query(ports, page));
  const ids = found.items.slice(0, page.limit).map(({ pk, sk }) => ({ pk, sk }));
  const versions = (await ports.store.batchGet(ids, { consistent: true })).map(fromItem);
  const data = await withUse(
    ports,
    versions.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  );
  return { data, has_more: found.items.length > page.limit || found.cursor !== undefined };
}

/** One more than the page, to know whether there is more; backwards where it ends before a name. */
async function query({ store }: Needs, { limit, after, before }: PageOf): Promise<Query> {
  return {
    index: "list",
    pk: "DATABASES",
    limit: limit + 1,
    ...(after === undefined ? {} : { above: await nameOf(store, "after", after) }),
    ...(before === undefined ? {} : { below: await nameOf(store, "before", before), descending: true }),
  };
}

/** The list is by name, its cursors are ids as everywhere. */
async function nameOf(store: Ports["store"], field: string, id: string): Promise<string> {
  const item = is("database", id) ? await store.get(keys.version(id), { consistent: true }) : undefined;
  if (item) return fromItem(item).name;
  throw new AppError("invalid_parameter", `\`${field}\` names no database: give the id of one.`, {
    details: { field },
  });
}

async function withUse(ports: Needs, versions: readonly Version[]): Promise<DatabaseView[]> {
  const now = ports.clock.now();
  const counter = ({ id, reset_utc }: Version) => keys.usage(id, dayOf(now, reset_utc));
  const counters = await ports.store.batchGet(versions.map(counter));
  const used = new Map(counters.map((item) => [item.pk, usedOf(item as unknown as { limit: number; left: number })]));
  return versions.map((version) => view(ports, version, used.get(counter(version).pk)));
}
