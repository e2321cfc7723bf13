import { change } from "../database/change.ts";
import { fromItem } from "../database/version.ts";
import * as Check from "../domain/check.ts";
import * as Claim from "../domain/claim.ts";
import * as Former from "../domain/former.ts";
import { due } from "../email/due.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed } from "../ports/store.ts";

/** What letting go of a domain takes. */
export type Needs = Pick<Ports, "store" | "provider" | "operator" | "clock" | "random">;

/** What has to be known of a domain to let go of it. */
export type Left = Pick<Check.CheckRecord, "database" | "id" | "name">;

/** Longer than one order can take: as long what it has asked of SES may still happen. */
const leaveMs = 5 * 60_000;
/** How often it is asked whether a deleted domain still receives: others may have proved it, or its addresses be dropped. */
const askMs = 86_400_000;

/**
 * Lets go of a deleted domain: its tenant sends with it no longer, the claim on its name is free, and the identity at
 * SES goes unless a domain of the name is there, in whichever database. While mail to former addresses of the name is to
 * come in (R-DOM-7), identity and claim stay for that: without them SES refuses it, and nobody knows whose it is. May
 * be repeated; the check goes last, so what is left half-done is found again; or without a check, by what
 * {@link withdraw} notes.
 */
export async function release(ports: Needs, check: Left): Promise<void> {
  const { database, id, name } = check;
  const until = await receives(ports, check);
  if (until !== undefined) return keep(ports, check, until);
  // Before the others are looked for: of two that go at once the later one finds none
  await ports.store.write({ delete: keys.domainSeeker(name, database, id) });
  await withdraw(ports, { database, id, name, state: "removed" });
  await giveUp(ports, check);
  await ports.store.write({ delete: keys.domainCheck(database, id) });
}

/** Until when (ms) a deleted domain has former addresses that its database still gets the mail of; undefined = none. */
async function receives(ports: Needs, { database, name }: Left): Promise<number | undefined> {
  const version = await ports.store.get(keys.version(database), { consistent: true });
  if (!version || fromItem(version).status === "deleting") return undefined;
  if ((await Claim.read(ports, name))?.database !== database) return undefined;
  return Former.lastOf(ports, database, name);
}

/** The domain goes on seeking its identity, so that nobody removes it, and its tenant sends with it no longer. */
async function keep(ports: Needs, check: Left, until: number): Promise<void> {
  const { database, id, name } = check;
  await withdraw(ports, { database, id, name, state: "removed" });
  const next = Math.min(until, ports.clock.now() + askMs);
  try {
    await ports.store.write({
      update: keys.domainCheck(database, id),
      set: { associated: false, ...due(id, next) },
      remove: ["due_n"],
      if: "#state = :removed",
      values: { removed: "removed" },
    });
  } catch (error) {
    // Another order has let go of it meanwhile
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/**
 * Takes from a domain what it has at SES: its tenant's use of the identity, and the identity itself where nobody seeks
 * it. It says so first, and then looks who else wants the identity; whoever comes to want it says so first, and then
 * looks whether it is being removed. So of two databases at once at least one sees the other, and none begins with an
 * identity that is about to go. What it says stays where it fails, and the tick has it done again.
 */
export async function withdraw(ports: Needs, check: Left & Pick<Check.CheckRecord, "state">): Promise<void> {
  const { store, provider, operator, clock } = ports;
  const { database, id, name } = check;
  if (operator.platform !== "ses") return;
  const leaving = keys.domainRelease(name, database, id);
  const until = clock.now() + leaveMs;
  await store.write({ put: { ...leaving, database, id, name, until, ...due(id, until) } });
  if (!(await isWanted(ports, check))) {
    await provider.dissociate(database, name);
    if (!(await Claim.isSought(ports, name))) await provider.removeIdentity(name);
  }
  await store.write({ delete: leaving });
}

/** Whether an identity is being removed at this moment, or whoever did so has died over it. */
export async function isLeaving({ store, clock }: Pick<Ports, "store" | "clock">, name: string): Promise<boolean> {
  const { pk } = keys.domainClaim(name);
  const { items } = await store.query({ pk, prefix: keys.releasePrefix, consistent: true });
  return items.some(({ until }) => Number(until) > clock.now());
}

/** Whether the database has a domain of the name that seeks the identity: another, or this one made anew. */
const isWanted = async (
  ports: Needs,
  { database, id, name, state }: Left & Pick<Check.CheckRecord, "state">,
  without: readonly Check.CheckRecord["refusal"][] = ["resting"],
): Promise<boolean> =>
  (await Check.list(ports, database)).some(
    (other) =>
      (other.id !== id || state === "live") &&
      other.name === name &&
      other.state === "live" &&
      !without.includes(other.refusal),
  );

/**
 * Frees the claim, in a transaction in which the database has no other domain of the name that has a right to it, nor
 * former addresses of one that was deleted meanwhile.
 */
async function giveUp(ports: Needs, { database, id, name }: Left): Promise<void> {
  if ((await Claim.read(ports, name))?.database !== database) return;
  const item = await ports.store.get(keys.version(database), { consistent: true });
  const version = item && fromItem(item);
  if (!version || version.status === "deleting") return Claim.free(ports, name, database);
  try {
    await change(ports, version, async () => {
      const isThere =
        (await isWanted(ports, { database, id, name, state: "removed" }, ["resting", "lost"])) ||
        (await Former.lastOf(ports, database, name)) !== undefined;
      return { writes: isThere ? [] : [Claim.drop(name, database)], result: undefined };
    });
  } catch (error) {
    // Nothing is made in a database that is on its way out
    if (!(error instanceof AppError) || error.name !== "not_found") throw error;
    await Claim.free(ports, name, database);
  }
}
