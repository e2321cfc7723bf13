import { isOver } from "../email/lifetime.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item, Put } from "../ports/store.ts";

/** How long it is remembered: as long as the address would have been kept (R-DOM-7), in days. */
const days = 400;

/**
 * Remembers that an address was dropped with `keep_old: false`, in the place of what would have kept it: it is over at
 * once. Whatever brings the address back into use takes that place. `now` in ms.
 */
export const put = (db: string, address: string, now: number): Put => ({
  put: {
    ...keys.formerAddress(db, address),
    address,
    until: new Date(now).toISOString(),
    dropped: true,
    v: 2,
    expires_at: Math.floor(now / 1000) + days * 86_400,
  },
});

/** Whether an item says so. */
export const is = (item: Item): boolean => item["dropped"] === true;

/** Those of the addresses (normalised) that were dropped. */
export async function among(
  { store, clock }: Pick<Ports, "store" | "clock">,
  db: string,
  addresses: readonly string[],
): Promise<ReadonlySet<string>> {
  const wanted = [...new Set(addresses)].map((address) => keys.formerAddress(db, address));
  const items = await store.batchGet(wanted, { consistent: true });
  const found = items.filter((item) => is(item) && !isOver(item, clock.now()));
  return new Set(found.map(({ address }) => String(address)));
}
