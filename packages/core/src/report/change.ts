import { createHash } from "node:crypto";
import type { Change } from "../feedback/change.ts";
import { severity } from "../feedback/facts.ts";
import type { Report, ReportRecipient } from "./report.ts";

/** What a proved report changes for one recipient of the email (R-FAIL-4). */
export interface Told {
  /** The recipient as the email has it. */
  readonly address: string;
  readonly recipient: ReportRecipient;
  /** The attempt it is of. */
  readonly attempt: number;
  /** When, ISO 8601 UTC. */
  readonly at: string;
}

/**
 * The change that a proved report makes (R-FAIL-4): a complaint; `failed` a bounce, a soft one where the status is 4.x.x;
 * `delayed` a delay; all else an entry of the timeline. The same told again is the same change, and so is the
 * same with another status that means no more: whoever knows a Message-Id can write any number of them.
 */
export function of(email: string, { kind, feedback_type }: Report, { address, recipient, attempt, at }: Told): Change {
  const { action, status, diagnostic, remote_mta } = recipient;
  const change = kind === "complaint" ? "complained" : kindOf(recipient);
  const reply = change === "reported" ? `${action}${diagnostic === null ? "" : `: ${diagnostic}`}` : diagnostic;
  const isBounce = change === "bounced" || change === "soft_bounced";
  const hard = isBounce ? severity({ kind: change, ...(status !== null && { status }) }) : null;
  return {
    address,
    kind: change,
    ...(reply !== null && { reply }),
    ...(status !== null && { status }),
    ...(remote_mta !== null && { remote_mta }),
    // As SES tells complaints
    ...(feedback_type !== undefined && { type: feedback_type }),
    at,
    dedupe: hash([email, attempt, address, action ?? kind, hard]),
  };
}

function kindOf({ action, status }: ReportRecipient): Change["kind"] {
  if (action === "failed") return status?.startsWith("4") ? "soft_bounced" : "bounced";
  return action === "delayed" ? "delivery_delayed" : "reported";
}

const hash = (parts: readonly (string | number | null)[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 22);
