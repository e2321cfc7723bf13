import * as keys from "../keys.ts";
import type { Store } from "../ports/store.ts";
import { stopsOf } from "./entry.ts";

/** Why the database does not mail an address: as `failure_type` has it (R-FAIL-2). */
export type Why = "suppressed" | "opted_out";

/**
 * Which of the addresses are suppressed for mail of that kind, in this database alone; of mass mail also those who have
 * opted out of it (R-FAIL-5). Both lists are one BatchGet; transactional mail reads but the first.
 * @param addresses normalised.
 * @param now ms; entries whose end is past do not count, though TTL has not deleted them yet.
 * @returns the reason by address; where both lists have it, that it is suppressed.
 */
export async function among(
  store: Store,
  db: string,
  addresses: readonly string[],
  kind: "transactional" | "mass",
  now: number,
): Promise<ReadonlyMap<string, Why>> {
  const optOuts = kind === "mass" ? addresses.map((address) => keys.optOut(db, address)) : [];
  const items = await store.batchGet([...addresses.map((address) => keys.suppression(db, address)), ...optOuts]);
  const opted = keys.optOut(db, "").pk;
  const found = new Map<string, Why>();
  for (const item of items) if (item.pk === opted) found.set(item.sk, "opted_out");
  for (const item of items)
    if (item.pk !== opted && stopsOf(item, now).some(({ scope }) => scope === "all" || kind === "mass"))
      found.set(item.sk, "suppressed");
  return found;
}
