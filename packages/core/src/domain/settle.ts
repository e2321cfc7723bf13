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
import { isBroken, isMxAtUs, isWhole, proofOf } from "./proof.ts";
import type { DomainRecord } from "./record.ts";
import { graceMs, nextCheck, statusOf } from "./status.ts";

type Needs = Pick<Ports, "store" | "operator" | "clock" | "random">;

/** What a check comes to. */
interface Outcome {
  readonly check: Check.CheckRecord;
  readonly verified: boolean;
  readonly mx_at_us: boolean;
  /** Whether the claim is given up with it. */
  readonly drops: boolean;
}

/**
 * Writes what a check has come to (R-DOM-9): verified, as before, or lost; what routing reads only when it changes. Of
 * two checks at once one is written. A domain is verified only in a transaction that finds its claim held.
 * @param held whether the database holds the domain.
 */
export async function settle(ports: Needs, version: Version, seen: Check.CheckRecord, held: boolean): Promise<void> {
  const { domains } = await load(ports, version);
  const domain = domains.find(({ id }) => id === seen.id);
  if (!domain) return;
  const outcome = decide(seen, domain, held, ports);
  try {
    if (outcome.verified === domain.verified && outcome.mx_at_us === domain.mx_at_us)
      await retry(ports, isBusy, () => ports.store.transact(writes(seen, outcome, ports.clock.now())));
    else await flip(ports, version, seen, outcome);
  } catch (error) {
    // Somebody else has checked it meanwhile, or has it now: the next check sees what is
    if (!(error instanceof TransactionCanceled) || !error.reasons.some(isFailed)) throw error;
  }
}

const isFailed = ({ code }: { code: string }): boolean => code === "ConditionalCheckFailed";

/** Decides by the proof alone; no result leaves everything as it was. */
function decide(check: Check.CheckRecord, domain: DomainRecord, held: boolean, { clock, operator }: Needs): Outcome {
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
  return {
    check: {
      ...check,
      failing_since: drops ? null : failing_since,
      refusal: drops || (domain.verified && !verified && check.refusal === null) ? "lost" : check.refusal,
      verified_at: verified ? (check.verified_at ?? at) : null,
      checked_at: at,
      checks: changed ? 0 : check.checks + 1,
    },
    verified,
    mx_at_us: usable && !drops && (isMxAtUs(check) ?? domain.mx_at_us),
    drops,
  };
}

async function flip(ports: Needs, version: Version, seen: Check.CheckRecord, outcome: Outcome): Promise<void> {
  const { id, name, database } = seen;
  const { verified, mx_at_us, drops } = outcome;
  await change(ports, version, ({ domains }) => {
    const domain = domains.find((each) => each.id === id);
    if (!domain) return { writes: [], result: undefined };
    const record = { put: { ...keys.configuration(database, "domain", id), ...domain, verified, mx_at_us } };
    const claim = verified && !drops ? [Claim.held(name, database)] : [];
    return { writes: [record, ...claim, ...writes(seen, outcome, ports.clock.now())], result: undefined };
  });
}

/** The check itself, the event when its status has changed, and the claim where it is given up. */
function writes(before: Check.CheckRecord, { check, verified, drops }: Outcome, now: number): (Write | Condition)[] {
  const status = statusOf(verified, check, now);
  return [
    Check.put({ ...check, status }, nextCheck(verified, check, now)),
    ...(status === before.status ? [] : [Event.updated(check, status, now)]),
    ...(drops ? [Claim.drop(check.name, check.database)] : []),
  ];
}
