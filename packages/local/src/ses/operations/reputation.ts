import * as z from "zod";
import * as Arn from "../arn.ts";
import type { Ses } from "../context.ts";
import { badRequest, notFound } from "../error.ts";
import { define, seconds } from "../operation.ts";
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
  return {
    ReputationEntity: {
      ReputationEntityReference: input.ReputationEntityReference,
      ReputationEntityType: "RESOURCE",
      ReputationManagementPolicy: tenant.policy,
      CustomerManagedStatus: record(tenant.customerStatus),
      AwsSesManagedStatus: record(tenant.awsStatus),
      SendingStatusAggregate: Tenant.status(tenant),
    },
  };
});

/** Operations on the reputation of a tenant: its policy and the customer's own switch. */
export const reputationOperations = [updatePolicy, updateStatus, get];
