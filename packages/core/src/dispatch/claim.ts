import type { Head } from "../email/head.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed } from "../ports/store.ts";
import { untilWritten } from "./write.ts";

/**
 * Claims an email for one try: only one of all who would send it gets it, and only when it waits and is due. From
 * here until the outcome is written nobody else touches it; when the lease ends without one, it is unknown what
 * became of it (G3), and it is never just sent again.
 * @returns the head as claimed; undefined when somebody else was faster or it is not its time.
 */
export async function claim(
  ports: Pick<Ports, "store" | "clock" | "operator" | "random">,
  head: Head,
): Promise<Head | undefined> {
  const now = ports.clock.now();
  const claimed = {
    state: "sending" as const,
    claimed_at: new Date(now).toISOString(),
    lease_until: new Date(now + ports.operator.waits.lease * 1000).toISOString(),
    try: head.try + 1,
  };
  try {
    await untilWritten(ports, () =>
      ports.store.write({
        update: keys.emailHead(head.database, head.id),
        set: claimed,
        remove: ["unknown"],
        if: "#state IN (:queued, :deferred) AND #try = :try AND #not_before <= :now",
        values: { queued: "queued", deferred: "deferred", try: head.try, now: claimed.claimed_at },
      }),
    );
  } catch (error) {
    if (error instanceof ConditionFailed) return undefined;
    throw error;
  }
  const { unknown: _unknown, ...rest } = head;
  return { ...rest, ...claimed };
}
