import { read, type Version } from "../database/version.ts";
import * as Check from "../domain/check.ts";
import * as Claim from "../domain/claim.ts";
import { contest } from "../domain/contest.ts";
import { look } from "../domain/look.ts";
import { proofOf } from "../domain/proof.ts";
import { settle } from "../domain/settle.ts";
import type { Ports } from "../ports/main.ts";
import type { SesIdentity } from "../ports/provider.ts";
import { release } from "./release.ts";

/**
 * Brings one domain of a provisioned database a step further (R-DOM-9): its identity at SES exists, its records are
 * looked up, who holds it is settled, its tenant sends with it once it is ours. A deleted one is let go of. Every step
 * looks at what there is, so a repeated or half-done call does what is missing.
 */
export async function provision(ports: Ports, { id: db }: Pick<Version, "id">, id: string): Promise<void> {
  const check = await Check.read(ports, db, id);
  if (!check) return;
  if (check.state === "removed") return release(ports, check);
  const identity = await prepare(ports, check);
  const looked = { ...check, identity, seen: await look(ports, { ...check, identity }) };
  const { held, ...standing } = await contest(ports, looked);
  const associated = await associate(ports, looked, held);
  await settle(ports, await read(ports.store, db), { ...looked, ...standing, associated }, held);
}

/** The identity of the domain; whoever holds the domain has the say over its MAIL FROM domain. */
async function prepare(
  ports: Ports,
  { name, mail_from, database, verified_at }: Check.CheckRecord,
): Promise<SesIdentity | null> {
  const { provider, operator } = ports;
  if (operator.platform !== "ses") return null;
  const found = await provider.identity(name);
  if (found?.dkim === "failed" && verified_at === null) {
    await provider.restartDkim(name);
    return { ...found, dkim: "pending" };
  }
  if (found) {
    const claim = await Claim.read(ports, name);
    if (found.mail_from === mail_from || (claim && claim.database !== database)) return found;
  }
  await provider.createIdentity(name, mail_from);
  return provider.identity(name);
}

async function associate({ provider }: Ports, check: Check.CheckRecord, held: boolean): Promise<boolean> {
  const { database, name, identity, associated, refusal, checks } = check;
  if (identity === null) return false;
  // What has just moved away may have been associated at the same moment
  if (!held && (associated || (refusal === "moved_away" && checks === 0))) await provider.dissociate(database, name);
  const proved = held && proofOf(check).ownership === true;
  // An identity that was made anew has lost its associations
  if (proved && !(associated && identity.dkim === "success"))
    await provider.associate(database, { identity: name, configuration_set: database });
  return held && (associated || proved);
}
