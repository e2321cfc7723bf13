import { isBusy } from "../configuration/commit.ts";
import type { Version } from "../database/version.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { TransactionCanceled } from "../ports/store.ts";
import type { Counter } from "./counter.ts";
import { resetsAt } from "./day.ts";
import * as Threshold from "./threshold.ts";

/**
 * Tells the database that its daily limit is reached where what is left is too little for a mail (R-LIM-5): whoever sends
 * to three at a time never uses the last two, and is refused all the same. Once a day and revision of the limit, by the
 * first mail that is refused or held; not for one that is larger than the whole limit, which says nothing of the day.
 * @param counter the day's, as it was seen. @param n recipients there was no room for.
 */
export async function tell(
  { store, clock }: Pick<Ports, "store" | "clock">,
  version: Version,
  day: string,
  { left, limit_rev, warned = 0 }: Counter,
  n: number,
): Promise<void> {
  if (warned >= 100 || n > version.limit || left >= n || limit_rev !== version.limit_rev) return;
  const now = clock.now();
  const when = { day, resets_at: resetsAt(now, version.reset_utc) };
  const event = Threshold.event(version, when, 100, version.limit - left, now);
  try {
    await store.transact([
      {
        update: keys.usage(version.id, day),
        set: { warned: 100 },
        if: "#limit_rev = :rev AND #left < :n AND (attribute_not_exists(#warned) OR #warned < :all)",
        values: { rev: limit_rev, n, all: 100 },
      },
      ...(await Threshold.told({ store, clock }, version, [event])),
    ]);
  } catch (error) {
    // Somebody else has told it, or the next refusal will: the answer to this one must not hang on it
    if (!(error instanceof TransactionCanceled) && !isBusy(error)) throw error;
  }
}
