import * as Check from "../domain/check.ts";
import * as Claim from "../domain/claim.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";

type Needs = Pick<Ports, "store" | "provider" | "operator">;

/**
 * Lets go of a deleted domain: its tenant sends with it no longer, the claim on its name is free, and the identity at
 * SES goes unless another database has a domain of the name. May be repeated; the check goes last, so what is
 * left half-done is found again.
 */
export async function release(ports: Needs, check: Check.CheckRecord): Promise<void> {
  const { database, id, name } = check;
  const others = (await Check.list(ports, database)).filter(
    (other) => other.id !== id && other.name === name && other.state === "live",
  );
  if (others.length === 0) await releaseName(ports, database, name);
  await ports.store.write({ delete: keys.domainCheck(database, id) });
}

async function releaseName({ store, provider, operator }: Needs, db: string, name: string): Promise<void> {
  if (operator.platform === "ses") {
    await provider.dissociate(db, name);
    // An identity that another database comes to want at this moment is made again at its next check
    if (!(await Claim.isSought({ store }, name, db))) await provider.removeIdentity(name);
  }
  await Claim.free({ store }, name, db);
  await store.write({ delete: keys.domainSeeker(name, db) });
}
