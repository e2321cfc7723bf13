import { randomUUID } from "node:crypto";
import * as Arn from "./arn.ts";
import * as ConfigurationSet from "./configuration-set.ts";
import type { Ses } from "./context.ts";
import { alreadyExists, badRequest, notFound, SesError } from "./error.ts";
import * as Identity from "./identity.ts";
import type { SuppressionOverride } from "./suppression.ts";

/** Whether a tenant may send, and since when (epoch milliseconds) and why. */
export interface StatusRecord {
  status: "ENABLED" | "DISABLED" | "REINSTATED";
  cause: string;
  at: number;
}

/** What SES has found of a tenant's reputation. */
export interface Finding {
  type: "BOUNCE" | "COMPLAINT" | "FEEDBACK_3P" | "IP_LISTING";
  impact: "HIGH" | "LOW";
  description: string;
  /** Not mended yet. */
  open: boolean;
  at: number;
}

/** A container of resources with a reputation of its own. */
export interface Tenant {
  name: string;
  id: string;
  createdAt: number;
  tags: { Key: string; Value: string }[];
  suppression: SuppressionOverride;
  /** ARN of the reputation policy AWS manages. */
  policy: string;
  customerStatus: StatusRecord;
  awsStatus: StatusRecord;
  /** Absent = none. */
  findings?: Finding[];
}

/** A resource a tenant may send with. */
export interface Association {
  tenant: string;
  arn: string;
  at: number;
}

/** The tenant's ARN. */
export function arn(ses: Ses, tenant: Pick<Tenant, "name" | "id">): string {
  return Arn.format(ses, `tenant/${tenant.name}/${tenant.id}`);
}

/** ARN of one of the policies AWS manages: none, standard or strict. */
export function policyArn(ses: Ses, policy: string): string {
  return `arn:aws:ses:${ses.region}:aws:reputation-policy/${policy}`;
}

/** A new tenant with the standard policy and, unless told otherwise, the account's suppression list. */
export function create(ses: Ses, input: Pick<Tenant, "name" | "tags" | "suppression">): Tenant {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(input.name)) {
    throw badRequest("Tenant name: use up to 64 letters, digits, '_' and '-'.");
  }
  if (ses.tenants.get(input.name)) throw alreadyExists("Tenant", input.name);
  if (ses.tenants.count() >= ses.limits.tenants) {
    throw new SesError("LimitExceededException", "The account has as many tenants as it may have.");
  }
  const enabled: StatusRecord = { status: "ENABLED", cause: "Created.", at: ses.now() };
  const id = `tn-${randomUUID().replaceAll("-", "")}`;
  const policy = policyArn(ses, "standard");
  const tenant = { ...input, id, createdAt: ses.now(), policy, customerStatus: enabled, awsStatus: enabled };
  ses.tenants.put(tenant.name, tenant);
  return tenant;
}

/** The tenant of this name, or `NotFoundException`. */
export function get(ses: Ses, name: string): Tenant {
  const tenant = ses.tenants.get(name);
  if (!tenant) throw notFound("Tenant", name);
  return tenant;
}

/** Changes what is given of a tenant. */
export function update(ses: Ses, name: string, change: Partial<Tenant>): void {
  ses.tenants.put(name, { ...get(ses, name), ...change });
}

/** Both statuses together: the customer's pause always holds, AWS's until the customer reinstates the tenant. */
export function status({ customerStatus, awsStatus }: Tenant): StatusRecord["status"] {
  if (customerStatus.status === "ENABLED") return awsStatus.status;
  return customerStatus.status;
}

/** The worst of the findings that are open; undefined where there is none. */
export function impact({ findings = [] }: Tenant): Finding["impact"] | undefined {
  const open = findings.filter((finding) => finding.open).map((finding) => finding.impact);
  return open.includes("HIGH") ? "HIGH" : open[0];
}

/** Key of an association. */
export function associationKey(tenant: string, resourceArn: string): string {
  return `${tenant}\n${resourceArn}`;
}

/** Throws unless the tenant exists, may send, and has both resources the mail uses. */
export function assertSending(ses: Ses, name: string, senders: string[], set: string | undefined): Tenant {
  const tenant = get(ses, name);
  if (status(tenant) === "DISABLED") {
    throw new SesError("SendingPausedException", `Email sending is disabled for tenant <${name}>.`);
  }
  if (!set) throw badRequest(`Tenant <${name}>: name a configuration set that is associated with the tenant.`);
  const associated = (resource: string) => ses.associations.get(associationKey(name, resource)) !== undefined;
  const sets = ConfigurationSet.arn(ses, set);
  const identities = senders.map((sender) => Identity.arn(ses, sender));
  const missing = associated(sets) ? (identities.some(associated) ? undefined : identities[0]) : sets;
  if (missing) throw badRequest(`Resource <${missing}> is not associated with tenant <${name}>.`);
  return tenant;
}
