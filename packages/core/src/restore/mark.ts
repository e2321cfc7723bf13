import type { Head } from "../email/head.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed } from "../ports/store.ts";

type Needs = Pick<Ports, "store">;

/**
 * Notes for good that the table was restored: what had ended at the point may have been tried again on request since, and
 * the table knows nothing of it (G3). One note, and not one on each mail: those that have ended are all there ever were.
 * @param until ms: attempts that were opened up to then are meant; an earlier note is never taken back.
 */
export async function put({ store }: Needs, until: number): Promise<void> {
  if (until <= (await read(store))) return;
  try {
    await store.write({
      update: keys.restored,
      set: { until },
      if: "attribute_not_exists(pk) OR #until < :until",
      values: { until },
    });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/** A mail as it is to be tried again: one of before a restore may have been sent since. */
export async function apply({ store }: Needs, head: Head): Promise<Head> {
  const isBefore = Date.parse(head.opened_at ?? head.created_at) <= (await read(store));
  return isBefore ? { ...head, maybe_sent: true } : head;
}

/** ms; 0 = the table never was. */
async function read(store: Needs["store"]): Promise<number> {
  const item = await store.get(keys.restored, { consistent: true });
  return Number(item?.["until"] ?? 0);
}
