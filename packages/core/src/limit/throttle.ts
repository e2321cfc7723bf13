import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, type Update } from "../ports/store.ts";

/** How often something may be done: `most` times at once, and as many in each `per_seconds`, evenly. */
export interface Rate {
  readonly most: number;
  readonly per_seconds: number;
}

type Needs = Pick<Ports, "store" | "clock">;

/**
 * Lets through what a database may do only so often, such as looking up the DNS or connecting to a server on a request.
 * One small item for each `what` holds the moment at which all that was let through is paid off (the generic cell rate
 * algorithm, ITU-T I.371): one conditional write where nothing is owed, two otherwise, exact whatever the number of
 * processes. It ends by itself.
 * @param what e.g. `verify#dom_…`; for people to read it is `doing` ("domain checks").
 * @throws AppError rate_limit_exceeded with `details.retry_after_seconds`, which the API answers as Retry-After.
 */
export async function throttle(
  { store, clock }: Needs,
  db: string,
  what: string,
  { most, per_seconds }: Rate,
  doing = "requests of this kind",
): Promise<void> {
  const now = clock.now();
  const interval = (per_seconds * 1000) / most;
  const latest = now + per_seconds * 1000 - interval;
  const update = keys.throttle(db, what);
  const expires_at = Math.ceil(now / 1000) + 2 * per_seconds;
  const idle = "attribute_not_exists(pk) OR #paid_at <= :now";
  const owing = await refused(store, {
    update,
    set: { paid_at: now + interval, expires_at },
    if: idle,
    values: { now },
  });
  if (!owing) return;
  const full = await refused(store, {
    update,
    set: { expires_at },
    add: { paid_at: interval },
    if: "attribute_not_exists(pk) OR #paid_at <= :latest",
    values: { latest },
  });
  if (!full) return;
  const wait = Math.max(1, Math.ceil((Number(full["paid_at"]) - latest) / 1000));
  throw new AppError("rate_limit_exceeded", `Too many ${doing}: try again in ${wait} s.`, {
    details: { retry_after_seconds: wait },
  });
}

/** @returns the item as it was when the condition did not hold; undefined = it is written. */
async function refused(store: Needs["store"], write: Update): Promise<Item | undefined> {
  try {
    await store.write(write);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConditionFailed) || !error.item) throw error;
    return error.item;
  }
}
