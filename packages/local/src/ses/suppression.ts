import * as Account from "./account.ts";
import type { ConfigurationSet } from "./configuration-set.ts";
import type { Ses } from "./context.ts";
import * as Identity from "./identity.ts";
import type { Tenant } from "./tenant.ts";

/** Why an address is on a suppression list. */
export type SuppressionReason = "BOUNCE" | "COMPLAINT";

/** Which list counts, and which of its reasons. What is left out is decided a level above. */
export interface SuppressionOverride {
  scope?: "ACCOUNT" | "TENANT" | undefined;
  reasons?: SuppressionReason[] | undefined;
}

/** An address on the list of the account, or of a tenant. `at` in epoch milliseconds. */
export interface Suppression {
  address: string;
  tenant?: string | undefined;
  reason: SuppressionReason;
  at: number;
}

/** Key prefix of one list: the account's without a tenant. */
export function prefix(tenant: string | undefined): string {
  return `${tenant ?? ""}\n`;
}

/** Key of an address on a list; addresses fold case. */
export function key(tenant: string | undefined, address: string): string {
  return prefix(tenant) + Identity.normalize(address).toLowerCase();
}

/** Tells which recipients SES would not send to: the configuration set overrides the tenant, the tenant the account. */
export function createCheck(
  ses: Ses,
  set: ConfigurationSet | undefined,
  tenant: Tenant | undefined,
): (address: string) => boolean {
  const scope = (tenant && (set?.suppression?.scope ?? tenant.suppression.scope)) ?? "ACCOUNT";
  const own = scope === "TENANT" ? (tenant?.suppression.reasons ?? []) : Account.get(ses).suppressedReasons;
  const reasons = set?.suppression?.reasons ?? own;
  return (address) => {
    const entry = ses.suppressions.get(key(scope === "TENANT" ? tenant?.name : undefined, address));
    return entry !== undefined && reasons.includes(entry.reason);
  };
}
