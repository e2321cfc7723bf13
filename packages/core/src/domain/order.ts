import { byCreation } from "../routing/order.ts";
import type { DomainRecord } from "./record.ts";

/** The alias domains in order (R-DOM-1): priority, then creation; the default domain always last. */
export function sort(domains: readonly DomainRecord[]): DomainRecord[] {
  return domains.toSorted(
    (a, b) => Number(a.is_default) - Number(b.is_default) || a.priority - b.priority || byCreation(a, b),
  );
}

/** The same without the default domain. */
export const customDomains = (domains: readonly DomainRecord[]): DomainRecord[] =>
  sort(domains).filter(({ is_default }) => !is_default);
