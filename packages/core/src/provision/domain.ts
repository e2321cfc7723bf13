import { read, type Version } from "../database/version.ts";
import * as Check from "../domain/check.ts";
import * as Claim from "../domain/claim.ts";
import { contest } from "../domain/contest.ts";
import { look } from "../domain/look.ts";
import { proofOf } from "../domain/proof.ts";
import { settle } from "../domain/settle.ts";
import { due } from "../email/due.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { SesIdentity } from "../ports/provider.ts";
import { ConditionFailed } from "../ports/store.ts";
import { isLeaving, release, withdraw } from "./release.ts";

/** When a domain is checked whose identity is being removed for another, in ms. */
const laterMs = 60_000;

/**
 * Brings one domain of a provisioned database a step further (R-DOM-9): its identity at SES exists, its records are
 * looked up, who holds it is settled, its tenant sends with it once it is ours. A deleted one is let go of, again where
 * nothing is left of it but its name; one that rests has nothing at SES. Every step looks at what there is, so a
 * repeated or half-done call does what is missing.
 */
export async function provision(
  ports: Ports,
  { id: db }: Pick<Version, "id">,
  { id, name }: { readonly id: string; readonly name: string | undefined },
): Promise<void> {
  const check = await Check.read(ports, db, id);
  // An order that was under way when it was let go of may have made the identity again, and failed to remove it
  if (!check) return name === undefined ? undefined : release(ports, { database: db, id, name });
  if (check.state === "removed") return release(ports, check);
  try {
    await (check.refusal === "resting" ? rest(ports, check) : advance(ports, check));
  } catch (error) {
    if (!(error instanceof AppError) || error.name !== "not_found") throw error;
  } finally {
    // Deleted while it was checked, it may have got what its release did not find yet
    const left = await Check.read(ports, db, id);
    if (left?.state !== "live") await release(ports, left ?? check);
  }
}

async function advance(ports: Ports, check: Check.CheckRecord): Promise<void> {
  if (ports.operator.platform === "ses" && (await isLeaving(ports, check.name))) return postpone(ports, check);
  const found = await prepare(ports, check);
  const foreign = found !== null && !found.ours;
  const known = { ...check, identity: foreign ? null : found, refusal: again(check) };
  const looked = { ...known, seen: await look(ports, known) };
  const { held, ...standing } = await contest(ports, looked);
  const current = held ? await takeUp(ports, looked) : looked;
  const anew = current.identity?.made !== check.identity?.made;
  const associated = await associate(ports, current, { held, anew });
  const refusal = standing.refusal ?? (foreign ? "identity_exists" : null);
  await settle(ports, await read(ports.store, check.database), { ...current, ...standing, refusal, associated }, held);
}

/** A domain that has just moved here still has the MAIL FROM of the database that held it. */
async function takeUp(ports: Ports, check: Check.CheckRecord): Promise<Check.CheckRecord> {
  const { identity, mail_from } = check;
  return identity === null || identity.mail_from === mail_from
    ? check
    : { ...check, identity: await prepare(ports, check) };
}

/** What it had at SES is gone; its records are looked at all the same, for other servers may send for it. */
async function rest(ports: Ports, check: Check.CheckRecord): Promise<void> {
  if (check.identity !== null) await withdraw(ports, check);
  const looked = { ...check, identity: null, associated: false, rival_gone_since: null };
  const seen = await look(ports, looked);
  await settle(ports, await read(ports.store, check.database), { ...looked, seen }, false);
}

/** What has to be found again at every check to stand. */
const again = ({ refusal }: Check.CheckRecord) => (refusal === "identity_exists" ? null : refusal);

async function postpone({ store, clock }: Ports, { database, id }: Check.CheckRecord): Promise<void> {
  try {
    await store.write({
      update: keys.domainCheck(database, id),
      set: due(id, clock.now() + laterMs),
      if: "#state = :live",
      values: { live: "live" },
    });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/**
 * The identity of the domain. Whoever holds the domain has the say over it; one that others made in the account stays
 * as it is.
 */
async function prepare(
  ports: Ports,
  { name, mail_from, database, verified_at }: Check.CheckRecord,
): Promise<SesIdentity | null> {
  const { provider, operator } = ports;
  if (operator.platform !== "ses") return null;
  const found = await provider.identity(name);
  if (found) {
    const holder = (await Claim.read(ports, name))?.database ?? database;
    if (!found.ours || holder !== database) return found;
  }
  if (found?.dkim === "failed" && verified_at === null) await provider.restartDkim(name);
  else if (found?.mail_from === mail_from && !found.feedback) return found;
  await provider.createIdentity(name, mail_from);
  return provider.identity(name);
}

/**
 * The tenant of the database that holds the domain sends with its identity, no other. An identity that was made `anew`
 * has lost its associations, whatever DKIM says: its records may be there from before.
 */
async function associate(
  { provider, operator }: Ports,
  check: Check.CheckRecord,
  { held, anew }: { readonly held: boolean; readonly anew: boolean },
): Promise<boolean> {
  const { database, name, identity, associated, refusal, checks } = check;
  if (operator.platform !== "ses") return false;
  // What has just moved away may have been associated at the same moment
  const leaving = !held && (associated || (refusal === "moved_away" && checks === 0));
  if (leaving || (identity === null && associated)) await provider.dissociate(database, name);
  if (identity === null) return false;
  const entitled = held && (associated || proofOf(check, operator).ownership === true);
  if (entitled && !(associated && !anew && identity.dkim === "success"))
    await provider.associate(database, { identity: name, configuration_set: database });
  return entitled;
}
