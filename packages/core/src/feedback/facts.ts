import { clip } from "../dispatch/hand.ts";
import type { Bounced, FailureType, Feedback, State } from "../email/head.ts";
import type { Change } from "./change.ts";

/**
 * What is known of a recipient after its hand-over. Pure, and the same whatever order it was told in, and however often:
 * facts are only added, a state is what they come to, and counts are of facts (R-FAIL-1, G4).
 */

const severities: readonly (Bounced | undefined)[] = [undefined, "soft", "hard", "dead"];

/** Codes that say that there is no such mailbox (R-FAIL-5, RFC 3463). */
const dead = new Set(["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"]);
/** A full mailbox, a message too large, a policy: never by themselves a reason not to mail an address again. */
export const mild: ReadonlySet<string> = new Set(["5.2.2", "5.3.4", "5.7.1"]);

/** How hard a bounce is (R-FAIL-5). */
export function severity({ kind, permanent, status = "" }: Pick<Change, "kind" | "permanent" | "status">): Bounced {
  if (dead.has(status) || (permanent && !mild.has(status))) return "dead";
  return kind === "soft_bounced" ? "soft" : "hard";
}

/** What is known once a change was told, its words no longer than a head has room for; the same object where it is no news. */
export function learn(known: Feedback, change: Change): Feedback {
  const next = added(known, change);
  if (next === known || change.reply === undefined || change.kind === "delivered") return next;
  // What is told late of less does not take the place of what it came to
  return rank(next) > rank(known) || next.bounced !== known.bounced ? { ...next, end_reply: clip(change.reply) } : next;
}

function added(known: Feedback, change: Change): Feedback {
  switch (change.kind) {
    case "delivered":
      if (known.delivered_at !== undefined) return known;
      return {
        ...known,
        delivered_at: change.at,
        ...(change.reply !== undefined && { delivered_reply: clip(change.reply) }),
      };
    case "bounced":
    case "soft_bounced": {
      const bounced = severity(change);
      return severities.indexOf(bounced) > severities.indexOf(known.bounced) ? { ...known, bounced } : known;
    }
    case "complained":
      return known.complained ? known : { ...known, complained: true };
    case "failed":
      return known.rejected ? known : { ...known, rejected: true };
    default:
      return known;
  }
}

/** The states that facts come to, least advanced first. What SES would not send after all may be out by an earlier try. */
const order: readonly State[] = ["sent", "failed", "delivered", "bounced", "complained"];
const rank = (known: Feedback): number => order.indexOf(stateOf(known));

/** The state of a recipient whose mail was handed over. */
export function stateOf({ complained, bounced, delivered_at, rejected }: Feedback): State {
  if (complained) return "complained";
  if (bounced) return "bounced";
  if (delivered_at !== undefined) return "delivered";
  return rejected ? "failed" : "sent";
}

/** Why, in the words of R-FAIL-2; undefined where nothing is wrong. */
export function failureOf(known: Feedback): FailureType | undefined {
  const types: Partial<Record<State, FailureType>> = {
    complained: "complaint",
    bounced: "bounce",
    failed: "provider",
  };
  return types[stateOf(known)];
}

/** What a recipient counts for, of the day it is told (G4). */
export interface Tally {
  readonly delivered: number;
  readonly bounced: number;
  readonly complained: number;
  readonly failed: number;
  readonly platform_ended: number;
  readonly platform_bounced: number;
  readonly platform_complained: number;
}

/**
 * What is counted of a recipient. A soft bounce is one of the day's bounces, not of those that reputation is made of.
 * @param reputed whether it counts for the platform's reputation (R-FAIL-7): over the platform, and no simulator address.
 */
export function tally({ delivered_at, bounced, complained, rejected }: Feedback, reputed: boolean): Tally {
  const one = (is: boolean): number => (is ? 1 : 0);
  return {
    delivered: one(delivered_at !== undefined),
    bounced: one(bounced !== undefined),
    complained: one(complained === true),
    failed: one(rejected === true),
    platform_ended: one(reputed && (delivered_at !== undefined || bounced !== undefined)),
    platform_bounced: one(reputed && bounced !== undefined && bounced !== "soft"),
    platform_complained: one(reputed && complained === true),
  };
}
