import { change } from "../database/change.ts";
import { read as readVersion } from "../database/version.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import * as Check from "./check.ts";
import * as Claim from "./claim.ts";
import * as Expected from "./expected.ts";
import * as Loss from "./loss.ts";
import { proofOf } from "./proof.ts";
import { moveMs } from "./status.ts";

type Needs = Pick<Ports, "store" | "operator" | "clock" | "random">;

/** How a database stands towards the others that have a domain of the same name. */
export type Standing = { readonly held: boolean } & Pick<Check.CheckRecord, "refusal" | "rival_gone_since">;

/**
 * Settles who holds a domain (G5, R-DOM-9): the first to publish its TXT. Where another database holds it, ours moves
 * it here once ours is there and theirs is gone, in two checks an hour apart.
 */
export async function contest(ports: Needs, check: Check.CheckRecord): Promise<Standing> {
  const { name, database, token, seen } = check;
  const proved = proofOf(check, ports.operator).ownership;
  const claim = (await Claim.read(ports, name)) ?? (proved ? await Claim.take(ports, check) : undefined);
  // What was lost is so until it is proved anew, though the claim is kept for former addresses (R-DOM-7)
  if (claim?.database === database && (proved || check.refusal !== "lost")) {
    // Made anew under the same name, it has another token; the one that counts is the one that is published
    if (proved && claim.token !== token) await ports.store.write(Claim.move(claim, check));
    return { held: true, refusal: null, rival_gone_since: null };
  }
  if (proved === null || !claim) return { held: false, ...kept(check) };
  if (!proved) return { held: false, refusal: without(check), rival_gone_since: null };
  const theirs = await liveOf(ports, claim.database, name);
  if (theirs.length === 0) return abandoned(ports, claim, check);
  if ([claim, ...theirs].some((each) => seen?.ownership?.includes(Expected.ownershipValue(each))))
    return { held: false, refusal: "held_by_another", rival_gone_since: null };
  const since = check.rival_gone_since ?? new Date(ports.clock.now()).toISOString();
  if (ports.clock.now() - Date.parse(since) < moveMs)
    return { held: false, refusal: "held_by_another", rival_gone_since: since };
  await takeOver(ports, claim, check, theirs);
  return { held: true, refusal: null, rival_gone_since: null };
}

/** The domains of a name that a database has. */
const liveOf = async (ports: Needs, db: string, name: string): Promise<Check.CheckRecord[]> =>
  (await Check.list(ports, db)).filter((each) => each.name === name && each.state === "live");

/** Held by a database that has no domain of the name any more, it is for whoever proves it. */
async function abandoned(ports: Needs, from: Claim.Claim, to: Check.CheckRecord): Promise<Standing> {
  await ports.store.transact([Claim.move(from, to), ...Claim.live(to)]);
  return { held: true, refusal: null, rival_gone_since: null };
}

const kept = ({ refusal, rival_gone_since }: Check.CheckRecord) => ({ refusal, rival_gone_since });

/** Whoever does not publish its TXT has nothing to be told of another. */
const without = ({ refusal }: Check.CheckRecord) => (refusal === "held_by_another" ? null : refusal);

/** The claim moves in the same transaction in which the other database loses the right to send for it. */
async function takeOver(
  ports: Needs,
  from: Claim.Claim,
  to: Check.CheckRecord,
  checks: readonly Check.CheckRecord[],
): Promise<void> {
  const { name } = to;
  try {
    const loser = await readVersion(ports.store, from.database);
    await change(ports, loser, async ({ domains }) => {
      const lost = domains.filter((domain) => domain.name === name);
      const records = lost.map((domain) => ({
        put: { ...keys.configuration(from.database, "domain", domain.id), ...domain, verified: false, mx_at_us: false },
      }));
      const now = ports.clock.now();
      const told = await Promise.all(checks.map((check) => Loss.writes(ports, check, "moved_away", now)));
      return { writes: [Claim.move(from, to), ...Claim.live(to), ...records, ...told.flat()], result: undefined };
    });
  } catch (error) {
    // Nobody is left to be told
    if (!(error instanceof AppError) || error.name !== "not_found") throw error;
    await ports.store.transact([Claim.move(from, to), ...Claim.live(to)]);
  }
}
