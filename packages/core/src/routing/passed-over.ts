import * as Address from "../address/address.ts";
import { type Choice, carrier, notification } from "./choice.ts";
import * as Filter from "./filter.ts";
import type { Candidate, Prepared } from "./prepare.ts";
import type { Request } from "./request.ts";

/** Why a server was not taken, as a sentence without a subject (R-SEL-10). */
export function passedOver(prepared: Prepared, request: Request, choice: Choice, candidate: Candidate): string {
  return (
    notTakingPart(prepared, request, candidate) ??
    notAsked(prepared, request, choice) ??
    notMatched(request, choice, candidate)
  );
}

function notTakingPart(prepared: Prepared, request: Request, { server }: Candidate): string | null {
  const { settings } = prepared.configuration;
  if (!settings.custom_email_servers) return "custom_email_servers is off for this database";
  if (!server.active) {
    const dedicated = request.mail.kind === "mass" && server.id === settings.dedicated_server;
    return dedicated ? "the dedicated server, but inactive: mass mail is routed as any other" : "inactive";
  }
  if (server.owner === null) return null;
  if (!settings.personal_servers) return `personal server of ${server.owner}; personal_servers is off`;
  if (prepared.personal.get(Address.normalize(server.owner))?.server.id !== server.id) {
    return `personal server of ${server.owner}, which is an address of the database or has another server`;
  }
  const creator = request.creator?.address ?? "not given";
  return `personal server of ${server.owner}, for mail that is made by and from its owner; creator is ${creator}`;
}

/** Where the choice was made before the filters were asked, or after. */
function notAsked(prepared: Prepared, request: Request, { candidate, rule }: Choice): string | null {
  if (candidate === null) {
    const domain = prepared.fallback.name;
    return `default_domain_over_smtp is off, and an external server would have sent from ${domain} for ${request.address ?? "a missing From"}`;
  }
  if (rule === "forced") return `the request forces ${candidate.server.name}`;
  if (rule === "dedicated") return `mass mail goes to the dedicated server ${candidate.server.name}`;
  if (rule === "personal") return `the personal server ${candidate.server.name} goes before`;
  return null;
}

function notMatched(request: Request, choice: Choice, candidate: Candidate): string {
  const taken = choice.candidate?.server.name ?? "the platform";
  const { rule } = choice;
  const { filter, server } = candidate;
  const from = request.address;
  if (filter === null) {
    if (rule === "unfiltered") return `has no FROM filter, but ${taken} comes first (priority, then name)`;
    return `has no FROM filter, and ${taken} covers ${rule.startsWith("from") ? from : "the notification address"}`;
  }
  if (from !== null && Filter.covers(filter, from)) {
    const named = filter.addresses.has(from);
    if (rule === "from_address" && !named)
      return `its filter covers ${from}, but that of ${taken} names the whole address`;
    return `its filter covers ${from}, but ${taken} comes first (priority, then name)`;
  }
  const miss = from === null ? "has a FROM filter, and the mail no From" : `its filter does not cover ${from}`;
  if (server.kind === "platform" && from !== null && Filter.covers(Filter.parseFilter(server.from_filter), from)) {
    return `its filter names ${from} or its domain, but the platform may send only for verified domains`;
  }
  if (rule.startsWith("notification") && Filter.covers(filter, notification(request, carrier(candidate)))) {
    return `${miss}; it covers the notification address, but ${taken} goes before`;
  }
  return rule === "first" ? `${miss}, and ${taken} comes first (priority, then name)` : miss;
}
