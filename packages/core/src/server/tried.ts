import * as Address from "../address/address.ts";
import type { Loaded } from "../configuration/load.ts";
import { customDomains } from "../domain/order.ts";
import { create as addressesOf } from "../routing/addresses.ts";
import { covers, parseFilter } from "../routing/filter.ts";
import type { Server } from "../routing/schema.ts";

/**
 * The From a connection test tries (R-SRV-5): the first full address of the filter; else the notification address of an
 * alias domain that it covers; else `notifications@` its first domain; without a filter N.
 */
export function fromTried(
  { domains, prepared }: Loaded,
  { from_filter, kind }: Pick<Server, "from_filter" | "kind">,
): string {
  const filter = parseFilter(from_filter);
  if (filter === null) return notification(prepared, kind);
  const [address] = filter.addresses;
  if (address !== undefined) return address;
  const ordered = [...customDomains(domains), ...domains.filter(({ is_default }) => is_default)];
  const covered = ordered
    .map((domain) => addressesOf(domain).notification)
    .find((notification) => covers(filter, Address.normalize(notification)));
  if (covered !== undefined) return covered;
  const [domain = ""] = filter.domains;
  return `notifications@${domain}`;
}

/** N of the database's first company over such a server (R-DOM-8, R-DOM-11). */
function notification({ placements, firstCompany, fallback }: Loaded["prepared"], kind: Server["kind"]): string {
  const placement = placements.get(firstCompany?.domain_id ?? fallback.id) ?? placements.get(fallback.id);
  if (!placement) throw new Error("the default domain has no placement");
  return (kind === "smtp" ? placement.smtp : placement.notification).notification;
}
