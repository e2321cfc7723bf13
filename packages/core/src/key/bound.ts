import { domainOf, normalize } from "../address/address.ts";
import type { Loaded } from "../configuration/load.ts";
import { AppError } from "../error.ts";

/**
 * The names of the domains a key is to be bound to, given by id or name.
 * @throws AppError invalid_parameter for one the database does not have.
 */
export function domainNames({ domains }: Pick<Loaded, "domains">, given: readonly string[]): string[] {
  if (given.length === 0)
    throw new AppError("invalid_parameter", "domains is empty: name one at least, or leave it out for all.", {
      details: { field: "domains" },
    });
  const names = given.map((text, n) => {
    const domain = domains.find(({ id, name }) => id === text || name === text.toLowerCase());
    if (domain) return domain.name;
    throw new AppError("invalid_parameter", `domains[${n}] names no domain of the database, by id or name.`, {
      details: { field: "domains" },
    });
  });
  return [...new Set(names)];
}

/**
 * Holds a mail to the domains its key is bound to: what counts is the From that goes out, after all rules.
 * @throws AppError from_not_allowed
 */
export function assertBound(from: string, domains: readonly string[] | null | undefined): void {
  if (!domains || domains.includes(domainOf(normalize(from)))) return;
  throw new AppError(
    "from_not_allowed",
    `This key sends only from ${domains.join(", ")}, and the mail would go out from another domain: use an address there as from, or a key without this restriction.`,
    { details: { domains } },
  );
}
