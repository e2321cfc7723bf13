import { find } from "../database/list.ts";
import { trouble } from "../doctor/trouble.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import type { TenantReputation } from "../ports/provider.ts";

/** A database's tenant at SES, as its operator sees it. */
export interface TenantView extends Partial<TenantReputation> {
  /** Its name there; null = there is none (yet). */
  readonly tenant: string | null;
  /** Why nothing could be said, and what to do; null where something was. */
  readonly problem: string | null;
}

/**
 * Reads how SES sees the tenant of a database: whether it may send, by whom it was paused, what was found.
 * @throws AppError not_found, also where the platform is no SES.
 */
export async function tenant(
  ports: Pick<Ports, "store" | "provider" | "operator" | "log">,
  name: string,
): Promise<TenantView> {
  const { id } = await find(ports, name);
  if (ports.operator.platform !== "ses")
    throw new AppError("not_found", "The platform of this installation is an SMTP relay: there are no tenants at SES.");
  try {
    const found = await ports.provider.reputation(id);
    return found
      ? { tenant: id, ...found, problem: null }
      : { tenant: null, problem: "SES has no tenant of this database yet." };
  } catch (error) {
    ports.log.warn("SES did not say how it sees a tenant", { operation: "reputation", database: id, error });
    const { found, fix } = trouble(error);
    return { tenant: id, problem: `SES did not say it: ${found}. ${fix}` };
  }
}
