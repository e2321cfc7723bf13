import * as Address from "../address/address.ts";
import type { Loaded } from "../configuration/load.ts";
import { AppError } from "../error.ts";
import type { ServerRecord } from "../server/record.ts";
import { secretsOf } from "../server/secret.ts";
import type { Version } from "./version.ts";

/** Where the mail of a database goes, as it is stored. */
export type Delivery = Pick<Version, "delivery" | "redirect_to">;

/**
 * Where mail goes after a request; what it does not say stays.
 * @throws AppError missing_required_field for a redirection to nobody; invalid_parameter.
 */
export function cleanDelivery(
  input: { readonly [Name in keyof Delivery]?: Delivery[Name] | undefined },
  before: Delivery = { delivery: "live", redirect_to: null },
): Delivery {
  const delivery = input.delivery ?? before.delivery;
  const given = input.redirect_to === undefined ? before.redirect_to : input.redirect_to;
  const details = { field: "redirect_to" };
  if (delivery !== "redirect") {
    if (!input.redirect_to) return { delivery, redirect_to: null };
    throw new AppError("invalid_parameter", "redirect_to goes with `delivery: redirect` only.", { details });
  }
  if (given === null)
    throw new AppError("missing_required_field", "redirect_to is missing: the address that gets all mail.", {
      details,
    });
  if (Address.isAddress(given)) return { delivery, redirect_to: given };
  throw new AppError("invalid_parameter", "redirect_to is to be a bare address.", { details });
}

/** The secrets a server cannot log in without and does not have, as after an import or in a copy. */
export function missingSecrets({ authentication, secrets_set }: ServerRecord): string[] {
  return secretsOf[authentication ?? "none"].filter((name) => !secrets_set.includes(name));
}

/** @throws AppError conflict where mail would be handed to a server that cannot log in. */
export function assertSecrets({ servers }: Pick<Loaded, "servers">): void {
  const lacking = servers.filter((server) => server.active && missingSecrets(server).length > 0);
  if (lacking.length === 0) return;
  const names = lacking.slice(0, 10).map(({ name }) => name);
  throw new AppError(
    "conflict",
    `Servers of this database lack their secrets: ${names.join(", ")}. Give them, or make the servers inactive, before its mail goes out.`,
    { details: { servers: lacking.map(({ id }) => id) } },
  );
}
