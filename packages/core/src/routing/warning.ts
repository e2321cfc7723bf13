import * as Address from "../address/address.ts";
import type { Addresses } from "./addresses.ts";
import { type Choice, carrier } from "./choice.ts";
import type { Envelope } from "./envelope.ts";
import type { Prepared } from "./prepare.ts";
import type { Request } from "./request.ts";
import type { Sender } from "./rewrite.ts";
import type { Warning } from "./schema.ts";

/** A routed mail, all parts of it. */
export interface Routed {
  request: Request;
  choice: Choice;
  addresses: Addresses;
  sender: Sender;
  envelope: Envelope;
}

/** What the caller should know of a routed mail, each warning once, with what to do about it. */
export function list(prepared: Prepared, routed: Routed): Warning[] {
  const found = [
    notVerified(routed),
    ...ofChoice(routed),
    notReceived(routed),
    external(prepared, routed),
    unsigned(prepared, routed),
  ];
  return found.filter((warning) => warning !== null);
}

/** R-DOM-11. */
function notVerified({ request, choice, addresses }: Routed): Warning | null {
  const own = request.placement.smtp;
  if (carrier(choice.candidate) === "smtp" || addresses === own) return null;
  const counts = request.domain.is_default || request.domain.verified;
  const domain = counts ? Address.domainOf(own.notification) : request.domain.name;
  const message = `${domain} is not verified, so the platform uses the addresses of ${addresses.domain.name}: publish the records of GET /v1/domains.`;
  return { name: "domain_not_verified", message };
}

/** R-SEL-8, R-KIND-2. */
function ofChoice({ choice, sender }: Routed): Warning[] {
  const server = choice.candidate?.server.name ?? "the platform";
  return choice.warnings.map((name) => {
    const message =
      name === "unfiltered_server"
        ? `${server} has no FROM filter and sends as ${sender.from_address} unchecked: give it a filter.`
        : `The FROM filter of ${server} does not cover ${sender.from_address}: its provider may refuse the mail.`;
    return { name, message };
  });
}

/** R-REW-3, R-PERS-4. */
function notReceived({ choice, envelope }: Routed): Warning | null {
  if (envelope.bounces) return null;
  const isPersonal = (choice.candidate?.server.owner ?? null) !== null;
  const message = isPersonal
    ? `Delivery errors go to the owner's mailbox, ${envelope.address}, and the state stays "sent".`
    : `Delivery errors go to ${envelope.address}, not to us, and the state stays "sent": let the FROM filter cover the bounce address.`;
  return { name: "bounces_not_received", message };
}

/** R-SRV-8. */
function external(prepared: Prepared, { choice, sender }: Routed): Warning | null {
  const { name } = prepared.fallback;
  if (carrier(choice.candidate) === "platform") return null;
  if (Address.domainOf(Address.normalize(sender.from_address)) !== name) return null;
  const message = `An external server sends from ${name}, where SPF, DKIM and DMARC will fail: add an alias domain of your own, or leave such mail to the platform (default_domain_over_smtp, no forced server).`;
  return { name: "default_domain_external", message };
}

/**
 * R-KIND-3: mailbox providers heed one-click fields that DKIM covers (RFC 8058 §4). SES signs what the platform sends; of any
 * other server nobody tells us whether it signs, and with which key. There is nothing to sign where the mail has no link, or
 * leaves with one that leads to this machine alone.
 */
function unsigned(prepared: Prepared, { request, choice }: Routed): Warning | null {
  const { kind, list_unsubscribe } = request.mail;
  const overSes = carrier(choice.candidate) === "platform" && prepared.configuration.platform === "ses";
  const { links } = prepared.configuration;
  if (kind !== "mass" || list_unsubscribe === false || (overSes && links !== "nobody")) return null;
  const message = unsignedMessage(links, choice.candidate?.server.name ?? "the platform");
  return { name: "one_click_unsigned", message };
}

function unsignedMessage(links: Prepared["configuration"]["links"], server: string): string {
  if (links === "nobody")
    return "It has no List-Unsubscribe, which mailbox providers ask of marketing mail: the operator has to set POSTHOUSE_PUBLIC_URL to an https URL; say list_unsubscribe: false where the mail is no marketing.";
  if (links === "machine")
    return "Its unsubscribe link leads to this machine, where no recipient can follow it: the operator has to set POSTHOUSE_PUBLIC_URL to an https URL.";
  return `One-click unsubscribe counts only where DKIM signs it, and whether ${server} does is not known here: turn DKIM on at its provider, for List-Unsubscribe and List-Unsubscribe-Post too, or send mass mail by the platform.`;
}
