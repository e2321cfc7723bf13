import * as Address from "../address/address.ts";
import * as Addresses from "./addresses.ts";
import type { Choice } from "./choice.ts";
import type { Candidate, Prepared } from "./prepare.ts";
import type { Request } from "./request.ts";
import type { Configuration } from "./schema.ts";

/**
 * The personal server of the mail's creator (R-PERS-2): only when the creator is its owner and From is the owner's
 * address, then before all public servers. Never a fallback: everybody else's mail does not see it.
 */
export function own(prepared: Prepared, { address, creator }: Request): Choice | null {
  if (creator === null || address === null || Address.normalize(creator.address) !== address) return null;
  const candidate = prepared.personal.get(address);
  return candidate === undefined ? null : { candidate, rule: "personal", sender: "from", warnings: [] };
}

/**
 * The personal servers in use by their owner's normalized address (R-PERS-1): the first of each owner, over `smtp`,
 * and never of an address that is the database's own (N, the bot's, the admin's).
 * @param active the active servers in routing order
 */
export function byOwner(configuration: Configuration, active: readonly Candidate[]): Map<string, Candidate> {
  const reserved = ownAddresses(configuration);
  const map = new Map<string, Candidate>();
  for (const candidate of active) {
    const { owner, kind } = candidate.server;
    if (owner === null || kind !== "smtp") continue;
    const address = Address.normalize(owner);
    if (!reserved.has(address) && !map.has(address)) map.set(address, candidate);
  }
  return map;
}

function ownAddresses({ domains, settings }: Configuration): Set<string> {
  const fallback = domains.find((domain) => domain.is_default)?.name ?? "";
  const staff = [settings.bot_address ?? `odoobot@${fallback}`, settings.admin_address ?? `admin@${fallback}`];
  const notifications = domains.map((domain) => Addresses.create(domain).notification);
  return new Set([...staff, ...notifications].map(Address.normalize));
}
