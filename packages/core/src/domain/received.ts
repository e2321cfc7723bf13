import type { Loaded } from "../configuration/load.ts";
import { create as addressesOf } from "../routing/addresses.ts";
import type { FormerRecord, Purpose } from "./former.ts";

/**
 * What the addresses of all alias domains of a database are for, for mail that comes in (R-IN-2, R-ADDR-2). Those that
 * are configured go before former ones (R-DOM-7); of what one address is for, bounce before catchall before notification.
 * @param former those that still hold, by `Former.list`.
 * @returns a look-up of an address, normalised and without plus tag; null = it is none of these.
 */
export function purposes(
  { domains }: Pick<Loaded, "domains">,
  former: readonly FormerRecord[],
): (address: string) => Purpose | null {
  const current = domains.map(addressesOf);
  const found = new Map<string, Purpose>([
    ...former.map((record) => [record.address, record.purpose] as const),
    ...current.map(({ notification }) => [notification, "notification"] as const),
    ...current.map(({ catchall }) => [catchall, "catchall"] as const),
    ...current.map(({ bounce }) => [bounce, "bounce"] as const),
  ]);
  return (address) => found.get(address) ?? null;
}
