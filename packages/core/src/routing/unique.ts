import type { Placement } from "./addresses.ts";
import type { Prepared } from "./prepare.ts";

/**
 * The address that replaces the From of every mail of an alias domain (R-UNIQ-1): its `default_from` where that is a
 * full address. Null where it is a local part, which is the notification address only (R-UNIQ-2), and in the mode
 * `fallback`, where From is kept as far as the rules keep it.
 *
 * It comes before all else: forced, dedicated and personal servers too are asked about this address. Over the
 * platform it is N of R-DOM-11, which may be another one.
 */
export function find(prepared: Prepared, placement: Placement): string | null {
  const isFull = placement.smtp.domain.default_from.includes("@");
  return isFull && prepared.configuration.settings.unique_address_mode === "always"
    ? placement.smtp.notification
    : null;
}
