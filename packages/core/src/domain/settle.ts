import { isBusy } from "../configuration/commit.ts";
import { load } from "../configuration/load.ts";
import { change } from "../database/change.ts";
import type { Version } from "../database/version.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { type Check as Condition, TransactionCanceled, type Write } from "../ports/store.ts";
import { retry } from "../retry.ts";
import * as Check from "./check.ts";
import * as Claim from "./claim.ts";
import * as Event from "./event.ts";
import * as Former from "./former.ts";
import * as Loss from "./loss.ts";
import { isBroken, isMxAtUs, isWhole, proofOf } from "./proof.ts";
import type { DomainRecord } from "./record.ts";
import { graceMs, nextCheck, restMs, statusOf } from "./status.ts";

type Needs = Pick<Ports, "store" | "operator" | "clock" | "random">;

/** What a check comes to. */
interface Outcome {
  readonly check: Check.CheckRecord;
  readonly verified: boolean;
  readonly mx_at_us: boolean;
  /** Whether it is lost. */
  readonly drops: boolean;
  /** Whether it has gone unverified for so long that its identity at SES is let go of. */
  readonly rests: boolean;
  /** Whether the claim is given up with that, unless another of the name may still prove it, or has former addresses. */
  readonly frees: boolean;
}

/**
 * Writes what a check has come to (R-DOM-9): verified, as before, or lost; what routing reads only when it changes. Of
 * two checks at once one is written. A domain is verified only in a transaction that finds its claim held, and all of
 * its name cease to be so in the one that gives the claim up. While a deleted one keeps it for its former addresses
 * (R-DOM-7) the claim stays, and gives none that is there a right.
 * @param held whether the database holds the domain.
 */
export async function settle(ports: Needs, version: Version, seen: Check.CheckRecord, held: boolean): Promise<void> {
  const { domains } = await load(ports, version);
  const domain = domains.find(({ id }) => id === seen.id);
  if (!domain) return;
  const twins = domains.filter(({ name, id }) => name === domain.name && id !== domain.id);
  const outcome = decide(seen, { domain, twins }, held, ports);
  const same = outcome.verified === domain.verified && outcome.mx_at_us === domain.mx_at_us;
  try {
    if (same && !outcome.drops && !outcome.rests)
      await retry(ports, isBusy, async () =>
        ports.store.transact(await writes(ports, seen, outcome, ports.clock.now())),
      );
    else await flip(ports, version, seen, outcome);
  } catch (error) {
    // Somebody else has checked it meanwhile, or has it now: the next check sees what is
    if (!(error instanceof TransactionCanceled) || !error.reasons.some(isFailed)) throw error;
  }
}

const isFailed = ({ code }: { code: string }): boolean => code === "ConditionalCheckFailed";

/** A domain and the others of its name. */
interface Family {
  readonly domain: DomainRecord;
  readonly twins: readonly DomainRecord[];
}

/** Decides by the proof alone; no result leaves everything as it was. */
function decide(
  check: Check.CheckRecord,
  { domain, twins }: Family,
  held: boolean,
  { clock, operator }: Needs,
): Outcome {
  const now = clock.now();
  const proof = proofOf(check, operator);
  const usable = held && (operator.platform !== "ses" || check.associated);
  const broken = held && (domain.verified ? isBroken(proof) : proof.ownership === false);
  const recovered = domain.verified ? isWhole(proof) : proof.ownership === true;
  const since = check.failing_since ?? new Date(now).toISOString();
  const failing_since = broken ? since : recovered || !held ? null : check.failing_since;
  const over = broken && now - Date.parse(since) >= graceMs;
  const drops = over || (domain.verified && held && check.identity?.dkim === "failed");
  const verified = usable && !drops && (domain.verified || isWhole(proof));
  const changed = verified !== domain.verified;
  const at = new Date(now).toISOString();
  const unproven_since = verified ? null : (check.unproven_since ?? failing_since ?? at);
  const rests = operator.platform === "ses" && restsNow({ ...check, unproven_since }, twins, now);
  const was = domain.verified || check.verified_at !== null;
  const lost = drops || (was && !verified && check.refusal === null);
  return {
    check: {
      ...check,
      failing_since: drops || rests ? null : failing_since,
      rival_gone_since: rests ? null : check.rival_gone_since,
      refusal: rests ? "resting" : lost ? "lost" : check.refusal,
      verified_at: verified ? (check.verified_at ?? at) : null,
      unproven_since,
      checked_at: at,
      checks: changed ? 0 : check.checks + 1,
    },
    verified,
    mx_at_us: usable && !drops && (isMxAtUs(check) ?? domain.mx_at_us),
    drops,
    rests,
    frees: drops || (rests && held),
  };
}

/** A domain that shares its identity with a verified one does not. */
const restsNow = (
  { refusal, unproven_since }: Pick<Check.CheckRecord, "refusal" | "unproven_since">,
  twins: readonly DomainRecord[],
  now: number,
): boolean =>
  refusal !== "resting" &&
  unproven_since !== null &&
  now - Date.parse(unproven_since) >= restMs &&
  !twins.some(({ verified }) => verified);

async function flip(ports: Needs, version: Version, seen: Check.CheckRecord, outcome: Outcome): Promise<void> {
  const { id, name, database } = seen;
  const { verified, mx_at_us, drops, frees } = outcome;
  await change(ports, version, async ({ domains }) => {
    const domain = domains.find((each) => each.id === id);
    if (!domain) return { writes: [], result: undefined };
    const twins = domains.filter((each) => each.name === name && each.id !== id);
    const checks = (await Check.list(ports, database)).filter(({ id }) => twins.some((twin) => twin.id === id));
    const now = ports.clock.now();
    const record = { ...domain, verified, mx_at_us };
    const ended = drops ? twins.map((twin) => ({ ...twin, verified: false, mx_at_us: false })) : [];
    const puts = [record, ...ended].map((each) => ({
      put: { ...keys.configuration(database, "domain", each.id), ...each },
    }));
    const claim = verified ? [Claim.held(name, database)] : [];
    const isOver = drops || checks.every(({ refusal }) => refusal === "resting");
    const given = frees && isOver && !(await Former.keeper(ports, database, name)) ? [Claim.drop(name, database)] : [];
    const lost = drops ? checks.filter(({ id }) => twins.some((twin) => twin.id === id && twin.verified)) : [];
    const told = await Promise.all(lost.map((check) => Loss.writes(ports, check, "lost", now)));
    const own = await writes(ports, seen, outcome, now);
    return { writes: [...puts, ...claim, ...given, ...own, ...told.flat()], result: undefined };
  });
}

/** The check itself, and the event when its status has changed or it comes to rest. */
async function writes(
  ports: Needs,
  before: Check.CheckRecord,
  { check, verified, rests }: Outcome,
  now: number,
): Promise<(Write | Condition)[]> {
  const status = statusOf(verified, check, now);
  return [
    Check.put({ ...check, status }, nextCheck(verified, check, now)),
    ...(status === before.status && !rests ? [] : await Event.updated(ports, check, status, now)),
    ...(rests ? [{ delete: keys.domainSeeker(check.name, check.database, check.id) }] : []),
  ];
}
