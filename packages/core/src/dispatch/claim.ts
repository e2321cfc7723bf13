import type { Head } from "../email/head.ts";
import { fromItem } from "../email/head.ts";
import { ConditionFailed } from "../ports/store.ts";
import { headUpdate, type Needs } from "./hand.ts";
import { untilWritten } from "./write.ts";

/**
 * Claims an email for one try: only one of all who would send it gets it, and only when it waits and is due. From
 * here until the outcome is written nobody else touches it; when the lease ends without one, it is unknown what
 * became of it (G3), and it is never just sent again.
 * @param redirected the try goes to the one address that all mail of its database is redirected to (R-FAIL-4).
 * @returns the head as claimed; undefined when somebody else was faster or it is not its time.
 */
export async function claim(ports: Needs, head: Head, redirected = false): Promise<Head | undefined> {
  const now = ports.clock.now();
  const claimed = {
    state: "sending" as const,
    claim: Buffer.from(ports.random.bytes(9)).toString("base64url"),
    claimed_at: new Date(now).toISOString(),
    lease_until: new Date(now + ports.operator.waits.lease * 1000).toISOString(),
    try: head.try + 1,
    ...(redirected && { redirected }),
  };
  const left = ["unknown", "stopped", "admitted", ...(head.redirected ? ["redirected"] : [])];
  const update = headUpdate(head, claimed, left);
  const { unknown: _unknown, stopped: _stopped, admitted: _admitted, redirected: _redirected, ...rest } = head;
  try {
    await untilWritten(ports, () =>
      ports.store.write({
        ...update,
        if: `${update.if} AND #state IN (:queued, :deferred) AND #not_before <= :now`,
        values: { ...update.values, queued: "queued", deferred: "deferred", now: claimed.claimed_at },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    // Where the answer to the first write was lost, the repeated one finds our own claim.
    const found = error.item && fromItem(error.item);
    if (found?.claim !== claimed.claim || found.state !== "sending") return undefined;
  }
  return { ...rest, ...claimed, rev: head.rev + 1 };
}
