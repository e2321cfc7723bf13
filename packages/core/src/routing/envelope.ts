import * as Address from "../address/address.ts";
import type { Addresses } from "./addresses.ts";
import { carrier } from "./choice.ts";
import * as Filter from "./filter.ts";
import type { Candidate, Prepared } from "./prepare.ts";

/** The envelope sender, RFC5321.MailFrom. */
export interface Envelope {
  /** The bounce address without its token, or the address in From. */
  address: string;
  /** Whether the token is to be added. */
  token: boolean;
  /** Whether delivery errors come back to us. */
  bounces: boolean;
}

/**
 * Chooses the envelope sender (R-REW-3). Over SES it is the bounce address, without a token since errors come as
 * events. Over `smtp`, and a plain relay as platform: the bounce address if the server may send as it, else the
 * address in the final From. A personal server's is its owner's, whose mailbox gets the errors (R-PERS-4).
 *
 * The token is added only where it finds its way: the domain's MX is at us, the server may send as the whole bounce
 * domain (the tokened address is none that a filter names) and takes tokens.
 * @param from the address in the final From
 */
export function choose(prepared: Prepared, candidate: Candidate | null, addresses: Addresses, from: string): Envelope {
  const { bounce, domain } = addresses;
  const { platform } = prepared.configuration;
  if (carrier(candidate) === "platform" && platform === "ses") return { address: bounce, token: false, bounces: true };
  const reach = candidate === null ? prepared.platform : candidate.reach;
  const isPersonal = candidate !== null && candidate.server.owner !== null;
  if (isPersonal || !Filter.covers(reach, Address.normalize(bounce))) {
    return { address: from, token: false, bounces: false };
  }
  const coversDomain = reach === null || reach.domains.has(domain.name);
  const token = domain.mx_at_us && coversDomain && (candidate?.server.bounce_token ?? true);
  return { address: bounce, token, bounces: true };
}
