import type { Kind } from "../email/head.ts";
import { isTooLarge } from "../email/hold.ts";

/** A mail of a batch that wants its share of the daily limit. */
export interface Claimant {
  /** Recipients that are counted; 0 = the limit is nothing to it. */
  readonly counted: number;
  readonly kind: Kind;
  /** Recipients that are counted when it is due: it is scheduled. */
  readonly later?: number;
}

/** What becomes of it: `waits` = accepted and held until there is room. */
export type Verdict = "taken" | "waits" | "refused";

/** What there is room for, and what becomes of the rest. */
export interface Terms {
  /** Recipients that are left of the day. */
  readonly room: number;
  /** The whole daily limit: what is larger is refused, for waiting cannot help (R-LIM-4). */
  readonly limit: number;
  /** What does not fit waits; else it is refused. */
  readonly holds: boolean;
  /** Nothing is refused: where nothing may be sent at all (a limit of 0), it waits until something may. */
  readonly always?: boolean | undefined;
  /** Kinds of which mail is held already. */
  readonly behind: ReadonlySet<Kind>;
}

/**
 * Shares what is left of a day's limit among the mails of a batch, in their order. Where mail is held, none passes
 * another that may not: all of a kind wait behind the first that does, and mass mail behind transactional (R-LIM-4).
 */
export function share(
  claimants: readonly Claimant[],
  { room, limit, holds, always = false, behind }: Terms,
): Verdict[] {
  const waiting = new Set(holds ? behind : []);
  let left = room;
  return claimants.map(({ counted, kind, later = 0 }) => {
    if (isTooLarge(later, limit)) return "refused";
    if (counted === 0) return "taken";
    if (holds && (always ? isTooLarge(counted, limit) : counted > limit)) return "refused";
    const isBehind = waiting.has("transactional") || (kind === "mass" && waiting.has("mass"));
    if (counted <= left && !isBehind) {
      left -= counted;
      return "taken";
    }
    if (!holds) return "refused";
    waiting.add(kind);
    return "waits";
  });
}
