import * as Address from "../address/address.ts";
import * as Filter from "./filter.ts";
import type { Candidate, Prepared } from "./prepare.ts";
import type { Request } from "./request.ts";
import type { Rule, WarningName } from "./schema.ts";

/** What the choice of a server comes to. */
export interface Choice {
  /** Null = the platform without a record. */
  candidate: Candidate | null;
  rule: Rule;
  /** Whose address goes out: the given From, N over this server, or the creator's. */
  sender: "from" | "notification" | "creator";
  /** What the choice itself has to warn of. */
  warnings: WarningName[];
}

/** What carries a mail: the platform, with or without a record, or an external server. */
export function carrier(candidate: Candidate | null): "platform" | "smtp" {
  return candidate?.server.kind ?? "platform";
}

/** Whether the platform may send as a normalized address: only the database's own domains (R-SEL-9). */
export function isOwn(prepared: Prepared, address: string): boolean {
  return Filter.covers(prepared.platform, address);
}

/** N over a server, normalized (R-DOM-11). */
export function notification(request: Request, over: "platform" | "smtp"): string {
  const { placement } = request;
  return Address.normalize((over === "platform" ? placement.notification : placement.smtp).notification);
}

/**
 * The warning for an address that goes out over a server the rules did not match it with (R-SEL-8, R-KIND-2): the
 * filter does not cover it, or From was kept where there is no filter at all (N there is what R-SEL-3 sends anyway).
 */
export function uncovered(candidate: Candidate, sender: Choice["sender"], address: string): WarningName[] {
  if (candidate.filter === null && sender === "from") return ["unfiltered_server"];
  return Filter.covers(candidate.reach, address) ? [] : ["from_not_covered"];
}
