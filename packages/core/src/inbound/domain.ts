import * as Alias from "../alias/find.ts";
import type { Loaded } from "../configuration/load.ts";
import * as Mailed from "../domain/mailed.ts";
import type { DomainRecord } from "../domain/record.ts";
import type { Ports } from "../ports/main.ts";
import { type Addresses, create as addressesOf } from "../routing/addresses.ts";
import { meanings } from "./destination.ts";

type Needs = Pick<Ports, "store">;

/**
 * Notes that mail came in over the alias domains, and through the routing aliases, of addresses it was for, old ones
 * that it was forwarded from among them (R-DOM-7, R-DOM-12). `at` ISO 8601 UTC.
 */
export async function note(
  ports: Needs,
  { version: { id }, domains }: Pick<Loaded, "version" | "domains">,
  addresses: readonly string[],
  at: string,
): Promise<void> {
  const all = [...new Set(addresses)];
  const aliases = await Alias.among(ports, id, all.flatMap(meanings));
  for (const address of all) {
    const domain = aliasDomain(domains, address);
    // Of what it may mean the longest that is anything
    const own = domain && addressesOf(domain);
    const named = meanings(address).find((one) => aliases.has(one) || one === own?.bounce || one === own?.catchall);
    if (named !== undefined && aliases.has(named)) await Mailed.noteAlias(ports, id, named, at);
    const purpose = named === undefined ? null : purposeOf(named, own);
    if (domain) await Mailed.note(ports, id, domain.id, purpose, at);
  }
}

function purposeOf(address: string, own: Pick<Addresses, "bounce" | "catchall"> | undefined): Mailed.Purpose {
  if (address === own?.bounce) return "bounce";
  return address === own?.catchall ? "catchall" : null;
}

/** Of several alias domains of one name, that whose address it is. */
function aliasDomain(domains: readonly DomainRecord[], address: string): DomainRecord | undefined {
  const name = address.slice(address.lastIndexOf("@") + 1);
  const own = domains.filter((domain) => domain.name === name);
  const names = meanings(address);
  const isOf = (domain: DomainRecord) => Object.values(addressesOf(domain)).some((one) => names.includes(String(one)));
  return own.find(isOf) ?? own[0];
}
