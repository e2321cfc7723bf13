import type { Stored } from "../email/body.ts";
import type { Head } from "../email/head.ts";
import { lifeOf } from "../email/hold.ts";

/** Time that does not count as time to expire: in a paused database (R-FAIL-7), and in the sandbox of SES (R-FAIL-6). */

/** How much longer than its last try the head is kept at least, in ms: what it ended as is to be seen. */
const headMs = 2 * 86_400_000;

/**
 * When waiting ends where the time from now to the next look does not count: no later than the email is kept.
 * @param now ms @param at ms, the next look.
 * @returns ms; in the past where its time is up all the same.
 */
export function until(
  { give_up_at, expires_at }: Pick<Head, "give_up_at" | "expires_at">,
  body: Pick<Stored, "expires_at">,
  now: number,
  at: number,
): number {
  const end = Date.parse(give_up_at);
  const most = Math.max(end, Math.min(body.expires_at * 1000, expires_at * 1000 - headMs));
  return Math.min(most, Math.max(end, now) + at - now);
}

/** What the head then says; a further attempt has as much time as this one was given. @param end ms */
export const prolonged = (head: Head, end: number): Partial<Head> => ({
  give_up_at: new Date(end).toISOString(),
  life: lifeOf(head),
});
