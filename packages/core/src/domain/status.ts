import type { CheckRecord, DomainStatus } from "./check.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How long a proof may fail before the domain is lost, and a new domain go without one before it counts as failed. */
export const graceMs = 72 * hourMs;

/** How long between the two checks that let a domain move from one database to another (R-DOM-9). */
export const moveMs = hourMs;

/** How long a domain keeps its identity at SES without being verified: then it rests until it is asked for. */
export const restMs = 30 * dayMs;

type Stand = Pick<CheckRecord, "seen" | "failing_since" | "refusal" | "created_at" | "unproven_since">;

/** The status of a domain, as the Resend API names it. `now` in ms. */
export function statusOf(
  verified: boolean,
  { seen, failing_since, refusal, created_at, unproven_since }: Stand,
  now: number,
): DomainStatus {
  if (verified) return failing_since === null ? "verified" : "temporary_failure";
  if (refusal !== null) return "failed";
  if (seen === null) return "not_started";
  return now - Date.parse(unproven_since ?? created_at) > graceMs ? "failed" : "pending";
}

/**
 * When a domain is checked again, in ms since 1970: after a minute, then ever more rarely, in the end daily; hourly
 * while a proof that was there fails; when a domain may move, as soon as it may, and where the DNS is silent then, after
 * as long as it has been silent; what is let go of, once more soon, to see that it is done.
 */
export function nextCheck(verified: boolean, check: CheckRecord, now: number): number {
  if (check.refusal === "resting" && check.identity !== null) return now + minuteMs;
  if (check.rival_gone_since !== null) {
    const planned = Date.parse(check.rival_gone_since) + moveMs;
    return planned > now ? planned : now + Math.min(hourMs, Math.max(minuteMs, now - planned));
  }
  if (check.failing_since !== null) return now + hourMs;
  return now + (verified ? dayMs : Math.min(dayMs, minuteMs * 2 ** Math.min(check.checks, 20)));
}
