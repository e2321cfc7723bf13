import * as Address from "../address/address.ts";
import { type Choice, isOwn, notification, uncovered } from "./choice.ts";
import * as Filter from "./filter.ts";
import type { Candidate, Prepared } from "./prepare.ts";
import type { Request } from "./request.ts";
import { leavesDefaultDomain, platform } from "./select.ts";

/**
 * Mass mail on the database's dedicated server (R-KIND-1), null for other mail, and where that server is not set,
 * gone, archived or a personal one: then mass mail follows R-SEL like all else.
 *
 * The sender (R-KIND-2): From if the filter covers it, no filter covering all; else the creator's address if covered;
 * else N if covered; else From after all, with a warning. A unique address stays whatever the filter (R-UNIQ-1), and a
 * From the platform may not use is never kept on it but becomes N (R-SEL-9). What would leave the default domain
 * against the setting goes over the platform (R-SRV-8).
 */
export function dedicate(prepared: Prepared, request: Request): Choice | null {
  const candidate = prepared.dedicated;
  if (request.mail.kind !== "mass" || candidate === null) return null;
  const sender = senderOn(prepared, request, candidate);
  const sent = sender === "notification" ? notification(request, candidate.server.kind) : addressOf(request, sender);
  if (leavesDefaultDomain(prepared, candidate, sent)) return platform(prepared, request);
  return { candidate, rule: "dedicated", sender, warnings: uncovered(candidate, sender, sent) };
}

function senderOn(prepared: Prepared, request: Request, { server, reach }: Candidate): Choice["sender"] {
  if (request.unique) return "notification";
  const from = addressOf(request, "from");
  const coversN = Filter.covers(reach, notification(request, server.kind));
  // Without a From N comes first (R-REW-2), as long as the server takes it
  if (request.from === null && coversN) return "notification";
  if (request.from !== null && Filter.covers(reach, from)) return "from";
  if (request.creator !== null && Filter.covers(reach, addressOf(request, "creator"))) return "creator";
  if (request.from === null || coversN) return "notification";
  return server.kind === "smtp" || isOwn(prepared, from) ? "from" : "notification";
}

function addressOf(request: Request, sender: "from" | "creator"): string {
  return Address.normalize(request[sender]?.address ?? "");
}
