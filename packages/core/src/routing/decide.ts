import * as Address from "../address/address.ts";
import { AppError } from "../error.ts";
import type { Addresses } from "./addresses.ts";
import { type Choice, carrier, isOwn } from "./choice.ts";
import { dedicate } from "./dedicated.ts";
import * as Envelope from "./envelope.ts";
import { force } from "./forced.ts";
import { own } from "./personal.ts";
import type { Prepared } from "./prepare.ts";
import * as Request from "./request.ts";
import { replyTo, rewrite } from "./rewrite.ts";
import type { Decision, Mail } from "./schema.ts";
import { select } from "./select.ts";
import * as Warning from "./warning.ts";

/**
 * Decides who sends a mail and as whom: server, From, envelope, Reply-To, each by its rule. Pure, and its cost does
 * not grow with the number of servers.
 *
 * The order of evaluation matters, because N depends on the server and the server on N:
 * 1. the mail is read, and a unique address takes the place of From (R-UNIQ-1, R-DOM-8);
 * 2. the server is chosen for that address; where a rule asks for N, each server is asked about the N it would send;
 * 3. what carries the mail then says whose addresses apply: over the platform those of an unverified alias domain
 *    give way to the default domain's (R-DOM-11);
 * 4. From is written with them, then the envelope for that From (R-REW).
 * @throws AppError `invalid_from_address`, `invalid_header`, `validation_error`, `invalid_parameter` (company),
 * `unknown_server`, `inactive_server`, `server_not_yours`, `from_not_allowed`
 */
export function decide(prepared: Prepared, mail: Mail): Decision {
  const request = Request.read(prepared, mail);
  const choice = choose(prepared, request);
  const over = carrier(choice.candidate);
  const addresses = addressesOver(request, choice);
  const sender = rewrite(request, choice, addresses);
  if (over === "platform") assertOwn(prepared, sender.from_address);
  const envelope = Envelope.choose(prepared, choice.candidate, addresses, sender.from_address);
  return {
    server: choice.candidate?.server ?? null,
    over,
    rule: request.unique ? "unique_address" : choice.rule,
    ...sender,
    envelope_from: envelope.address,
    envelope_token: envelope.token,
    ...replyTo(prepared, request, over, addresses),
    message_id_domain: addresses.domain.name,
    domain: addresses.domain,
    warnings: Warning.list(prepared, { request, choice, addresses, sender, envelope }),
  };
}

/** The choice of the server: forced (R-SEL-8), dedicated (R-KIND-1), personal (R-PERS-2), else R-SEL-1 to 5. */
export function choose(prepared: Prepared, request: Request.Request): Choice {
  const { server } = request.mail;
  if (server !== undefined) return force(prepared, request, server);
  return dedicate(prepared, request) ?? own(prepared, request) ?? select(prepared, request);
}

/** R-SEL-9, in the one place that every path goes through: no database ever sends as another's domain. */
function assertOwn(prepared: Prepared, from: string): void {
  if (isOwn(prepared, Address.normalize(from))) return;
  const domains = [...prepared.platform.domains].sort();
  throw new AppError(
    "from_not_allowed",
    `The platform sends only for ${domains.join(", ")}: use an address there as from, verify its domain, or leave the server to the rules.`,
    { details: { domains } },
  );
}

function addressesOver({ placement }: Request.Request, { candidate, sender }: Choice): Addresses {
  if (carrier(candidate) === "smtp") return placement.smtp;
  return sender === "notification" ? placement.notification : placement.platform;
}
