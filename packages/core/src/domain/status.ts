import type { CheckRecord, DomainStatus } from "./check.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** How long a proof may fail before the domain is lost, and a new domain go without one before it counts as failed. */
export const graceMs = 72 * hourMs;

/** How long between the two checks that let a domain move from one database to another (R-DOM-9). */
export const moveMs = hourMs;

type Stand = Pick<CheckRecord, "seen" | "failing_since" | "refusal" | "created_at">;

/** The status of a domain, as the Resend API names it. `now` in ms. */
export function statusOf(
  verified: boolean,
  { seen, failing_since, refusal, created_at }: Stand,
  now: number,
): DomainStatus {
  if (verified) return failing_since === null ? "verified" : "temporary_failure";
  if (refusal !== null) return "failed";
  if (seen === null) return "not_started";
  return now - Date.parse(created_at) > graceMs ? "failed" : "pending";
}

/**
 * When a domain is checked again, in ms since 1970: after a minute, then ever more rarely, in the end daily; hourly
 * while a proof that was there fails; when a domain may move, as soon as it may.
 */
export function nextCheck(verified: boolean, check: CheckRecord, now: number): number {
  if (check.rival_gone_since !== null) return Date.parse(check.rival_gone_since) + moveMs;
  if (check.failing_since !== null) return now + hourMs;
  return now + (verified ? dayMs : Math.min(dayMs, 60_000 * 2 ** Math.min(check.checks, 20)));
}
