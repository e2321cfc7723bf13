import type { DomainRecord } from "../domain/record.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import { create as addressesOf } from "../routing/addresses.ts";
import { among } from "./find.ts";

/** The addresses of an alias domain by what they are for; each may be a full address on another domain. */
const purposesOf = (domain: DomainRecord) => {
  const { bounce, catchall, notification } = addressesOf(domain);
  return { bounce_alias: bounce, catchall_alias: catchall, default_from: notification };
};

/**
 * Checks that an address is neither bounce, catchall nor default-from of any alias domain (R-DOM-4): two alias domains
 * may have one name, and a default-from may be a full address.
 * @throws AppError conflict
 */
export function assertFree(domains: readonly DomainRecord[], address: string): void {
  for (const domain of domains)
    for (const [field, taken] of Object.entries(purposesOf(domain)))
      if (taken === address)
        throw new AppError("conflict", `\`name\` is the ${field} of a domain: give the alias another name.`, {
          details: { field: "name", domain: domain.id },
        });
}

/**
 * The same the other way round: none of an alias domain's addresses may be a routing alias.
 * @param aliases the addresses of the routing aliases there are.
 * @throws AppError conflict
 */
export function assertNone(aliases: { has(address: string): boolean }, domain: DomainRecord): void {
  for (const [field, address] of Object.entries(purposesOf(domain)))
    if (aliases.has(address))
      throw new AppError(
        "conflict",
        `\`${field}\` is a routing alias of the database: choose another, or delete or move that alias first.`,
        { details: { field } },
      );
}

/** As {@link assertNone}, against what is stored. Asked within a change of the configuration it holds exactly. */
export const assertNoneStored = async (ports: Pick<Ports, "store">, db: string, domain: DomainRecord): Promise<void> =>
  assertNone(await among(ports, db, Object.values(purposesOf(domain))), domain);
