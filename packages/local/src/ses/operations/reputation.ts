import * as z from "zod";
import * as Arn from "../arn.ts";
import type { Ses } from "../context.ts";
import { badRequest, notFound } from "../error.ts";
import { define, filterSchema, seconds } from "../operation.ts";
import { page, pageSchema } from "../page.ts";
import * as Tenant from "../tenant.ts";

const ONE = "/v2/email/reputation/entities/:ReputationEntityType/:ReputationEntityReference";

const entity = z.object({ ReputationEntityType: z.literal("RESOURCE"), ReputationEntityReference: z.string() });

function find(ses: Ses, reference: string): Tenant.Tenant | undefined {
  const { kind, name } = Arn.parse(ses, reference);
  const tenant = kind === "tenant" ? ses.tenants.get(name) : undefined;
  return tenant && Tenant.arn(ses, tenant) === reference ? tenant : undefined;
}

// The model gives the two updates no NotFoundException.
function expect(ses: Ses, reference: string): Tenant.Tenant {
  const tenant = find(ses, reference);
  if (!tenant) throw badRequest(`Reputation entity <${reference}> is not the ARN of a tenant of this account.`);
  return tenant;
}

function record({ status, cause, at }: Tenant.StatusRecord): object {
  return { Status: status, Cause: cause, LastUpdatedTimestamp: seconds(at) };
}

function show(ses: Ses, tenant: Tenant.Tenant): object {
  const impact = Tenant.impact(tenant);
  return {
    ReputationEntityReference: Tenant.arn(ses, tenant),
    ReputationEntityType: "RESOURCE",
    ReputationManagementPolicy: tenant.policy,
    CustomerManagedStatus: record(tenant.customerStatus),
    AwsSesManagedStatus: record(tenant.awsStatus),
    SendingStatusAggregate: Tenant.status(tenant),
    ...(impact !== undefined && { ReputationImpact: impact }),
  };
}

const is = (wanted: string | undefined, value: string | undefined): boolean => wanted === undefined || wanted === value;

const updatePolicy = define(
  `PUT ${ONE}/policy`,
  "UpdateReputationEntityPolicy",
  entity.extend({ ReputationEntityPolicy: z.string() }),
  (ses, { ReputationEntityReference, ReputationEntityPolicy: policy }) => {
    const { name } = expect(ses, ReputationEntityReference);
    const known = ["none", "standard", "strict"].map((kind) => Tenant.policyArn(ses, kind));
    if (!known.includes(policy)) throw badRequest(`ReputationEntityPolicy: use one of ${known.join(", ")}.`);
    Tenant.update(ses, name, { policy });
  },
);

const updateStatus = define(
  `PUT ${ONE}/customer-managed-status`,
  "UpdateReputationEntityCustomerManagedStatus",
  entity.extend({ SendingStatus: z.enum(["ENABLED", "DISABLED", "REINSTATED"]) }),
  (ses, { ReputationEntityReference, SendingStatus: status }) => {
    const { name } = expect(ses, ReputationEntityReference);
    Tenant.update(ses, name, { customerStatus: { status, cause: "Set by the customer.", at: ses.now() } });
  },
);

const get = define(`GET ${ONE}`, "GetReputationEntity", entity, (ses, input) => {
  const tenant = find(ses, input.ReputationEntityReference);
  if (!tenant) throw notFound("Reputation entity", input.ReputationEntityReference);
  return { ReputationEntity: show(ses, tenant) };
});

const list = define(
  "POST /v2/email/reputation/entities",
  "ListReputationEntities",
  pageSchema.extend({
    Filter: filterSchema(["ENTITY_TYPE", "REPUTATION_IMPACT", "SENDING_STATUS", "ENTITY_REFERENCE_PREFIX"]),
  }),
  (ses, { Filter, ...paging }) => {
    const all = ses.tenants.list().map(({ value }) => value);
    const matching = all.filter(
      (tenant) =>
        is(Filter["ENTITY_TYPE"], "RESOURCE") &&
        is(Filter["REPUTATION_IMPACT"], Tenant.impact(tenant)) &&
        is(Filter["SENDING_STATUS"], Tenant.status(tenant)) &&
        Tenant.arn(ses, tenant).startsWith(Filter["ENTITY_REFERENCE_PREFIX"] ?? ""),
    );
    const { items, ...next } = page(matching, ({ name }) => name, paging);
    return { ReputationEntities: items.map((tenant) => show(ses, tenant)), ...next };
  },
);

/** Operations on the reputation of tenants: its policy, the customer's own switch, and how SES sees it. */
export const reputationOperations = [updatePolicy, updateStatus, get, list];
