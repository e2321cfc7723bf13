import * as Address from "../address/address.ts";
import { type Choice, carrier, notification } from "./choice.ts";
import { choose } from "./decide.ts";
import { passedOver } from "./passed-over.ts";
import type { Candidate, Prepared } from "./prepare.ts";
import * as Request from "./request.ts";
import type { Considered, Decision, Mail } from "./schema.ts";

/**
 * Why each server was or was not taken (R-SEL-10): one sentence a server, in routing order, the platform without a
 * record last. Exactly one is taken.
 * @param decision what `decide` answered for the same mail and configuration
 */
export function explain(prepared: Prepared, mail: Mail, decision: Decision): Considered[] {
  const request = Request.read(prepared, mail);
  const choice = choose(prepared, request);
  const lines = prepared.order.map((candidate) => {
    const { id, name } = candidate.server;
    const taken = id === decision.server?.id;
    const why = taken ? whyTaken(request, choice, candidate) : passedOver(prepared, request, choice, candidate);
    return { server: id, name, taken, why };
  });
  const taken = decision.server === null;
  return [...lines, { server: "platform", name: "platform", taken, why: whyPlatform(prepared, request, choice) }];
}

function whyTaken(request: Request.Request, choice: Choice, candidate: Candidate): string {
  const from = request.address ?? "";
  const n = notification(request, carrier(candidate));
  switch (choice.rule) {
    case "from_address":
      return `its filter names ${from}`;
    case "from_domain":
      return `its filter ${Address.domainOf(from)} covers ${from}`;
    case "notification_address":
      return `its filter names the notification address ${n}, and no filter covers ${from || "a missing From"}`;
    case "notification_domain":
      return `its filter ${Address.domainOf(n)} covers the notification address ${n}, and no filter covers ${from || "a missing From"}`;
    case "unfiltered":
      return `the first server without a FROM filter, and no filter covers ${from || "a missing From"}`;
    case "first":
      return `the first server, all have a FROM filter, and none covers ${from || "a missing From"}`;
    case "forced":
      return "forced by the request";
    case "dedicated":
      return "the dedicated server of mass mail";
    default:
      return `the personal server of ${from}, who is creator and From`;
  }
}

function whyPlatform(prepared: Prepared, request: Request.Request, choice: Choice): string {
  const { candidate } = choice;
  if (candidate !== null) return `sends only when no server does: ${candidate.server.name} was taken`;
  if (!prepared.configuration.settings.custom_email_servers) return "custom_email_servers is off: the platform sends";
  if (prepared.first === null) return "no active public server: the platform sends";
  return `default_domain_over_smtp is off: mail that would leave from ${Address.domainOf(notification(request, "smtp"))} over an external server is the platform's`;
}
