import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { type Check, ConditionFailed, type Delete, type Put } from "../ports/store.ts";

/** Which database has proved that a domain is its own; the first to do so has it (R-DOM-9). */
export interface Claim {
  readonly database: string;
  /** What it published: the claim moves only once this is gone. */
  readonly token: string;
}

type Needs = Pick<Ports, "store">;

/** Who holds a domain, strongly read. */
export async function read({ store }: Needs, name: string): Promise<Claim | undefined> {
  const item = await store.get(keys.domainClaim(name), { consistent: true });
  return item && { database: String(item["database"]), token: String(item["token"]) };
}

/** Takes a domain that nobody holds. @returns who holds it then. */
export async function take({ store }: Needs, name: string, claim: Claim): Promise<Claim> {
  try {
    await store.write({ put: { ...keys.domainClaim(name), ...claim }, if: "attribute_not_exists(pk)" });
    return claim;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return (await read({ store }, name)) ?? take({ store }, name, claim);
  }
}

/** Part of a transaction: it holds only while this database holds the domain. */
export const held = (name: string, db: string): Check => ({
  check: keys.domainClaim(name),
  if: "#database = :db",
  values: { db },
});

/** Part of a transaction: the domain goes from one database to another. */
export const move = (name: string, from: string, to: Claim): Put => ({
  put: { ...keys.domainClaim(name), ...to },
  if: "#database = :from",
  values: { from },
});

/** Part of a transaction: the domain is anybody's to prove, if this database held it. */
export const drop = (name: string, db: string): Delete => ({
  delete: keys.domainClaim(name),
  if: "attribute_not_exists(pk) OR #database = :db",
  values: { db },
});

/** Frees a domain, if this database held it. */
export async function free({ store }: Needs, name: string, db: string): Promise<void> {
  try {
    await store.write(drop(name, db));
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/** Whether any other database has a domain of this name. */
export async function isSought({ store }: Needs, name: string, except: string): Promise<boolean> {
  const { pk, sk: own } = keys.domainSeeker(name, except);
  const { items } = await store.query({ pk, prefix: keys.seekerPrefix, consistent: true, limit: 2 });
  return items.some(({ sk }) => sk !== own);
}
