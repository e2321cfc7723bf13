import * as Address from "../address/address.ts";
import { load } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import { customDomains } from "../domain/order.ts";
import type { Ports } from "../ports/main.ts";
import { create as addressesOf } from "../routing/addresses.ts";
import { view as settingsOf } from "../settings/view.ts";
import * as Used from "./used.ts";

/** What an address is there for; `listed` = it stands in the setting `sender_addresses`. */
export type UsedFor = "bounce" | "default_from" | "admin" | "bot" | "campaign" | "template" | "listed";

/** An address the database can send from, to be allowed at an external provider (R-ADDR-3). */
export interface SenderAddress {
  readonly address: string;
  readonly local_part: string;
  readonly domain: string;
  readonly used_for: readonly UsedFor[];
}

/**
 * Every address the database can send from (R-ADDR-3), each once: bounce and default-from of the alias domains in
 * order, admin and bot, what went out unchanged in the last 90 days, and those the settings name.
 */
export async function list(
  ports: Pick<Ports, "store" | "operator" | "clock">,
  version: Version,
): Promise<SenderAddress[]> {
  const loaded = await load(ports, version);
  const { domains } = loaded;
  const { admin_address, bot_address, sender_addresses } = settingsOf(loaded);
  const ordered = [...customDomains(domains), ...domains.filter(({ is_default }) => is_default)].map(addressesOf);
  const used = await Used.list(ports, version.id);
  const found: (readonly [string, readonly UsedFor[]])[] = [
    ...ordered.flatMap(({ bounce, notification }) => [
      [bounce, ["bounce"]] as const,
      [notification, ["default_from"]] as const,
    ]),
    [admin_address, ["admin"]],
    [bot_address, ["bot"]],
    ...used.map(({ address, uses }) => [address, uses] as const),
    ...sender_addresses.map((address) => [address, ["listed"]] as const),
  ];
  return merge(found);
}

function merge(found: readonly (readonly [string, readonly UsedFor[]])[]): SenderAddress[] {
  const uses = new Map<string, Set<UsedFor>>();
  for (const [address, names] of found) {
    const key = Address.normalize(address);
    uses.set(key, new Set([...(uses.get(key) ?? []), ...names]));
  }
  return [...uses].map(([address, names]) => ({
    address,
    local_part: address.slice(0, address.lastIndexOf("@")),
    domain: Address.domainOf(address),
    used_for: [...names],
  }));
}
