import * as Address from "../address/address.ts";
import { type Choice, isOwn, notification } from "./choice.ts";
import type { Candidate, First, Prepared } from "./prepare.ts";
import type { Request } from "./request.ts";
import type { Rule } from "./schema.ts";

/**
 * The general choice (R-SEL-1 to 5), each step one or two look-ups whatever the number of servers:
 * 1. the first server with exactly that From, only then the first with its domain; From stays;
 * 2. with `prefer_notification_server`, the same for N;
 * 3. the first server without a filter; 4. the first server; From becomes N;
 * 5. without any active public server, the platform.
 *
 * N is asked for each kind of server by itself, since it depends on the kind (R-DOM-11). Last comes R-SRV-8: what
 * an external server would send from the default domain goes to the platform where the database wants it so.
 */
export function select(prepared: Prepared, request: Request): Choice {
  const choice = byFrom(prepared, request) ?? byNotification(prepared, request) ?? byOrder(prepared);
  if (choice === null) return platform(prepared, request);
  const sent = choice.sender === "from" ? request.address : notification(request, "smtp");
  return leavesDefaultDomain(prepared, choice.candidate, sent) ? platform(prepared, request) : choice;
}

/** R-SEL-5: the platform, its filter being the default domain and the verified alias domains. */
export function platform(prepared: Prepared, request: Request): Choice {
  const kept = !request.unique && request.address !== null && isOwn(prepared, request.address);
  return { candidate: null, rule: "platform", sender: kept ? "from" : "notification", warnings: [] };
}

/** R-SEL-1. A unique address is N, so it goes out as what N is over the server found (R-DOM-11). */
function byFrom(prepared: Prepared, { address, unique }: Request): Choice | null {
  if (address === null) return null;
  const sender = unique ? "notification" : "from";
  const exact = find(prepared.byAddress, address);
  if (exact !== null) return { candidate: exact, rule: "from_address", sender, warnings: [] };
  const domain = find(prepared.byDomain, Address.domainOf(address));
  return domain && { candidate: domain, rule: "from_domain", sender, warnings: [] };
}

/** R-SEL-2. */
function byNotification(prepared: Prepared, request: Request): Choice | null {
  if (!prepared.configuration.settings.prefer_notification_server) return null;
  const smtp = notification(request, "smtp");
  const own = notification(request, "platform");
  const exact = find(prepared.byAddress, smtp, own);
  if (exact !== null) return overridden(exact, "notification_address");
  const domain = find(prepared.byDomain, Address.domainOf(smtp), Address.domainOf(own));
  return domain && overridden(domain, "notification_domain");
}

/** R-SEL-3 and R-SEL-4; also R-SEL-7: a server without a filter never keeps From. */
function byOrder(prepared: Prepared): Choice | null {
  if (prepared.unfiltered !== null) return overridden(prepared.unfiltered, "unfiltered");
  return prepared.first && overridden(prepared.first, "first");
}

/** R-SRV-8: whether an external server would send from the default domain, against the setting. */
export function leavesDefaultDomain(prepared: Prepared, candidate: Candidate | null, sent: string | null): boolean {
  if (prepared.configuration.settings.default_domain_over_smtp || candidate?.server.kind !== "smtp") return false;
  return sent !== null && Address.domainOf(sent) === prepared.fallback.name;
}

function overridden(candidate: Candidate, rule: Rule): Choice {
  return { candidate, rule, sender: "notification", warnings: [] };
}

/** The first server for a key, external servers asked for one and platform records for the other. */
function find(map: ReadonlyMap<string, First>, smtp: string, platform = smtp): Candidate | null {
  const external = map.get(smtp)?.smtp ?? null;
  const own = map.get(platform)?.platform ?? null;
  if (external === null || own === null) return external ?? own;
  return external.rank < own.rank ? external : own;
}
