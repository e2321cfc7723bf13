import * as Check from "../domain/check.ts";
import * as Claim from "../domain/claim.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";

type Needs = Pick<Ports, "store" | "provider" | "operator">;

/**
 * Lets go of a deleted domain: its tenant sends with it no longer, the claim on its name is free, and the identity at
 * SES goes unless a domain of the name is there, in whichever database. May be repeated; the check goes last, so what
 * is left half-done is found again.
 */
export async function release(ports: Needs, check: Check.CheckRecord): Promise<void> {
  const { store, provider, operator } = ports;
  const { database, id, name } = check;
  // Before the others are looked for: of two that go at once the later one finds none
  await store.write({ delete: keys.domainSeeker(name, database, id) });
  if (operator.platform === "ses" && !(await hasOther(ports, check))) {
    await provider.dissociate(database, name);
    // An identity that another database comes to want at this moment is made again at its next check
    if (!(await Claim.isSought(ports, name))) await provider.removeIdentity(name);
  }
  // Made anew meanwhile, it may have been proved already
  if (!(await hasOther(ports, check))) await Claim.free(ports, name, database);
  await store.write({ delete: keys.domainCheck(database, id) });
}

/** Whether the database has another domain of the name. */
const hasOther = async (ports: Needs, { database, id, name }: Check.CheckRecord): Promise<boolean> =>
  (await Check.list(ports, database)).some((other) => other.id !== id && other.name === name && other.state === "live");
