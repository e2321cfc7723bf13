import type { Loaded } from "../configuration/load.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import * as Check from "./check.ts";

/** Domain names that a database may have at SES at most before they are verified. */
export const most = 20;

type Needs = Pick<Ports, "store" | "operator">;

/**
 * Whether a database may want the identity of one more domain that is not verified. SES has 10,000 identities a Region
 * for all; domains that rest have none, and those of one name share theirs. A relay has no identities.
 */
export async function hasRoom(ports: Needs, { version, domains }: Loaded, name: string): Promise<boolean> {
  if (ports.operator.platform !== "ses") return true;
  const verified = new Set(domains.filter((domain) => domain.verified).map((domain) => domain.name));
  const unverified = domains.filter((domain) => !domain.is_default && !verified.has(domain.name));
  if (verified.has(name) || new Set(unverified.map((domain) => domain.name)).size < most) return true;
  const ids = new Set<string>(unverified.map(({ id }) => id));
  const checks = (await Check.list(ports, version.id)).filter(
    ({ id, refusal }) => ids.has(id) && refusal !== "resting",
  );
  const names = new Set(checks.map((check) => check.name));
  return names.has(name) || names.size < most;
}

/** @throws AppError conflict where there is no room, with what makes some. */
export async function assertRoom(ports: Needs, loaded: Loaded, name: string): Promise<void> {
  if (await hasRoom(ports, loaded, name)) return;
  throw new AppError(
    "conflict",
    `The database has ${most} domains that are not verified, which is the most: publish the records of one of them, or delete one, and try again.`,
    { details: { unverified: most } },
  );
}
