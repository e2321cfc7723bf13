import { isBusy } from "../configuration/commit.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { type Check, ConditionFailed, type Delete, type Put, TransactionCanceled } from "../ports/store.ts";
import { retry } from "../retry.ts";

/** Which database has proved that a domain is its own; the first to do so has it (R-DOM-9). */
export interface Claim {
  readonly database: string;
  /** What it published: the claim moves only once this is gone. */
  readonly token: string;
}

type Needs = Pick<Ports, "store" | "clock" | "random">;

/** Who holds a domain, strongly read. */
export async function read({ store }: Pick<Ports, "store">, name: string): Promise<Claim | undefined> {
  const item = await store.get(keys.domainClaim(name), { consistent: true });
  return item && { database: String(item["database"]), token: String(item["token"]) };
}

/** A domain that proves its name to be its database's. */
export type Claimant = Claim & { readonly id: string; readonly name: string };

/** Takes a name that nobody holds, for a domain that is there. @returns who holds it then; undefined = nobody. */
export async function take(ports: Needs, claimant: Claimant): Promise<Claim | undefined> {
  const { name, database, token } = claimant;
  const put = { put: { ...keys.domainClaim(name), database, token }, if: "attribute_not_exists(pk)" };
  try {
    await retry(ports, isBusy, () => ports.store.transact([put, ...live(claimant)]));
    return { database, token };
  } catch (error) {
    if (!(error instanceof TransactionCanceled) || isBusy(error)) throw error;
    return read(ports, name);
  }
}

/** Part of a transaction: it holds only while the domain is there, and its database not on its way out. */
export const live = ({ database, id }: Pick<Claimant, "database" | "id">): Check[] => [
  { check: keys.domainCheck(database, id), if: "#state = :live", values: { live: "live" } },
  {
    check: keys.version(database),
    if: "#status IN (:active, :paused)",
    values: { active: "active", paused: "paused" },
  },
];

/** Part of a transaction: it holds only while this database holds the domain. */
export const held = (name: string, db: string): Check => ({
  check: keys.domainClaim(name),
  if: "#database = :db",
  values: { db },
});

/**
 * Part of a transaction: the domain goes to another database, or to another token of its own. It holds only while the
 * claim is as it was read: a holder that has proved it anew meanwhile has another token.
 */
export const move = (from: Claim, { name, database, token }: Omit<Claimant, "id">): Put => ({
  put: { ...keys.domainClaim(name), database, token },
  if: "#database = :from AND #token = :seen",
  values: { from: from.database, seen: from.token },
});

/** Part of a transaction: the domain is anybody's to prove, if this database held it. */
export const drop = (name: string, db: string): Delete => ({
  delete: keys.domainClaim(name),
  if: "attribute_not_exists(pk) OR #database = :db",
  values: { db },
});

/** Frees a domain, if this database held it. */
export async function free({ store }: Pick<Ports, "store">, name: string, db: string): Promise<void> {
  try {
    await store.write(drop(name, db));
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/** The names of those given that a database other than this one holds, strongly read. */
export async function foreign(
  { store }: Pick<Ports, "store">,
  names: Iterable<string>,
  db: string,
): Promise<ReadonlySet<string>> {
  const byKey = new Map([...names].map((name) => [keys.domainClaim(name).pk, name]));
  const claims = await store.batchGet([...byKey.values()].map(keys.domainClaim), { consistent: true });
  return new Set(claims.flatMap(({ pk, database }) => (database === db ? [] : (byKey.get(pk) ?? []))));
}

/** Whether any domain of this name wants its identity, of any database. */
export async function isSought({ store }: Pick<Ports, "store">, name: string): Promise<boolean> {
  const { pk } = keys.domainClaim(name);
  const { items } = await store.query({ pk, prefix: keys.seekerPrefix, consistent: true, limit: 1 });
  return items.length > 0;
}
