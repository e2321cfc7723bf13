import { due } from "../email/due.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Write } from "../ports/store.ts";
import type { CheckRecord } from "./check.ts";
import * as Event from "./event.ts";

/**
 * Part of the transaction in which a domain ceases to be verified by what was found of another: its check says so, its
 * database is told (R-DOM-9). It is checked at once, for its tenant is not to keep the identity. `now` in ms.
 */
export const writes = async (
  ports: Pick<Ports, "store" | "clock">,
  check: CheckRecord,
  refusal: "moved_away" | "lost",
  now: number,
): Promise<Write[]> => [
  {
    update: keys.domainCheck(check.database, check.id),
    set: {
      status: "failed",
      refusal,
      verified_at: null,
      unproven_since: check.unproven_since ?? new Date(now).toISOString(),
      failing_since: null,
      checks: 0,
      ...due(check.id, now),
    },
    add: { revision: 1 },
    if: "attribute_exists(pk)",
  },
  ...(await Event.updated(ports, { ...check, refusal }, "failed", now)),
];
