import type { Stored } from "../email/body.ts";
import type { Head } from "../email/head.ts";
import { lifeOf } from "../email/hold.ts";
import { defaultExpiry, delayAfter, hourly } from "./delay.ts";
import * as Uncounted from "./uncounted.ts";

/** What the timeline of a mail says that waits for the account to leave the sandbox of SES; a head keeps it whole. */
export const sandboxReply =
  "SES sandbox: mail goes to verified recipients only. This one waits, and is tried hourly; ask for production access: docs/doctor.md";

const [beginning = ""] = sandboxReply.split(" mail");

type Last = Pick<Head, "over" | "reply">;

/** Whether the last try ended so; an earlier release may have put it in other words. */
const wasSandboxed = ({ over, reply = "" }: Last): boolean => over === "platform" && reply.startsWith(beginning);

/** Whether an email waits for that. */
export const isSandboxed = (head: Last & Pick<Head, "state">): boolean =>
  head.state === "deferred" && wasSandboxed(head);

/**
 * When a mail that the sandbox has just refused gives up: its time there does not count as time to expire (R-FAIL-6: held
 * with the reason, not failed), as long as it is kept, for AWS thinks for a day or so.
 * @param head as it was claimed, with the answer to the try before. @param now ms @param at ms, the next look.
 * @returns ms; undefined where its caller has said how long it is worth waiting for: that stays.
 */
export function endInSandbox(head: Head, body: Stored, now: number, at = now + delayAfter(hourly)): number | undefined {
  // The body of an earlier release does not say so, what its head was given does
  if (body.asked.expires_in !== undefined || lifeOf(head) !== defaultExpiry[head.kind]) return undefined;
  const since = wasSandboxed(head) ? Math.min(now, Date.parse(head.not_before)) : now;
  return Uncounted.until(head, body, since, at);
}
