import type { Version } from "../database/version.ts";
import * as Check from "../domain/check.ts";
import * as Claim from "../domain/claim.ts";
import { type Needs, release } from "./release.ts";

/**
 * Removes all that a database has at the provider: the identities of its domains with the claims on their names, the
 * configuration set, the tenant. Goes before its items are erased, for they say what there is. May be repeated.
 * @param deadline ms, after which no further domain is begun.
 * @returns whether all is gone; else it is to be called again.
 */
export async function remove(ports: Needs, { id }: Pick<Version, "id">, deadline: number): Promise<boolean> {
  for (const check of await Check.list(ports, id)) {
    if (ports.clock.now() >= deadline) return false;
    await release(ports, check);
    // Its domain is still configured, and stands for nothing any more
    await Claim.free(ports, check.name, id);
  }
  if (ports.operator.platform === "ses") {
    await ports.provider.removeConfigurationSet(id);
    await ports.provider.removeTenant(id);
  }
  return true;
}
