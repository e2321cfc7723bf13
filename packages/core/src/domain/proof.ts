import type { OperatorSettings } from "../operator/settings.ts";
import type { CheckRecord } from "./check.ts";
import * as Expected from "./expected.ts";

/** What has to be true of a verified domain; null = no result, which neither proves nor disproves. */
export interface Proof {
  readonly ownership: boolean | null;
  readonly dkim: boolean | null;
  readonly mail_from: boolean | null;
}

/**
 * Reads the proof from what was seen (R-DOM-9): the ownership TXT, DKIM as SES sees it, and the MAIL FROM domain's one
 * MX, where SES has that MAIL FROM. A platform that is a relay has no identity: there the TXT is all. At SES a missing
 * one proves nothing yet.
 */
export function proofOf(
  check: Pick<CheckRecord, "name" | "token" | "mail_from" | "identity" | "seen">,
  { platform }: Pick<OperatorSettings, "platform">,
): Proof {
  const { identity, mail_from, seen } = check;
  const ownership = seen?.ownership?.includes(Expected.ownershipValue(check)) ?? null;
  if (platform !== "ses") return { ownership, dkim: true, mail_from: true };
  if (identity === null) return { ownership, dkim: null, mail_from: null };
  const found = seen?.mail_from_mx ?? null;
  return {
    ownership,
    dkim: identity.dkim === "temporary_failure" ? null : identity.dkim === "success",
    mail_from:
      identity.mail_from === mail_from
        ? found && found.length === 1 && found[0]?.exchange === identity.feedback_mx
        : false,
  };
}

/** Whether all of it is proved. */
export const isWhole = ({ ownership, dkim, mail_from }: Proof): boolean => Boolean(ownership && dkim && mail_from);
/** Whether any of it is disproved. */
export const isBroken = ({ ownership, dkim, mail_from }: Proof): boolean =>
  [ownership, dkim, mail_from].includes(false);

/** Whether all mail to the domain comes to us; null = no result. */
export function isMxAtUs({ identity, seen }: Pick<CheckRecord, "identity" | "seen">): boolean | null {
  const found = seen?.mx ?? null;
  return found && found.length > 0 && found.every(({ exchange }) => exchange === identity?.inbound_mx);
}
