import { load } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import * as Mailed from "../domain/mailed.ts";
import type { DomainRecord } from "../domain/record.ts";
import type { Ports } from "../ports/main.ts";
import { create as addressesOf } from "../routing/addresses.ts";

type Needs = Pick<Ports, "store" | "operator">;

/** Notes that mail came in over the alias domains of recipients (R-DOM-7, R-DOM-12). `at` ISO 8601 UTC. */
export async function note(ports: Needs, version: Version, recipients: readonly string[], at: string): Promise<void> {
  const { domains } = await load(ports, version);
  for (const recipient of recipients) {
    const address = withoutTag(recipient);
    const domain = aliasDomain(domains, address);
    if (!domain) continue;
    const { bounce, catchall } = addressesOf(domain);
    const purpose = address === bounce ? "bounce" : address === catchall ? "catchall" : null;
    await Mailed.note(ports, version.id, domain.id, purpose, at);
  }
}

/** Of several alias domains of one name, that whose address it is. */
function aliasDomain(domains: readonly DomainRecord[], address: string): DomainRecord | undefined {
  const name = address.slice(address.lastIndexOf("@") + 1);
  const own = domains.filter((domain) => domain.name === name);
  const isOf = (domain: DomainRecord) => Object.values(addressesOf(domain)).includes(address);
  return own.find(isOf) ?? own[0];
}

/** Subaddressing (RFC 5233): `bounce+token@…` comes through the mailbox `bounce@…`. */
function withoutTag(address: string): string {
  const at = address.lastIndexOf("@");
  return address.slice(0, at).replace(/\+.*$/, "") + address.slice(at);
}
