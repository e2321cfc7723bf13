import {
  GetReputationEntityCommand,
  GetTenantCommand,
  ListRecommendationsCommand,
  type Recommendation,
  type SESv2Client,
  type StatusRecord,
  UpdateReputationEntityCustomerManagedStatusCommand,
} from "@aws-sdk/client-sesv2";
import type { Finding, Provider, TenantStatus } from "@posthouse/core/ports/provider";
import { found } from "./status.ts";

const ReputationEntityType = "RESOURCE" as const;
/** Findings that are read at most: a tenant has one of a kind. */
const PageSize = 100;

/** The part of the provider port that is about the reputation of tenants. SES names them by ARN. */
export function reputations(client: SESv2Client): Pick<Provider, "switchTenant" | "reputation"> {
  const arnOf = async (TenantName: string): Promise<string | undefined> =>
    (await found(client.send(new GetTenantCommand({ TenantName }))))?.Tenant?.TenantArn;
  return {
    async switchTenant(tenant, sends) {
      const ReputationEntityReference = await arnOf(tenant);
      if (ReputationEntityReference === undefined) return;
      const SendingStatus = sends ? "ENABLED" : "DISABLED";
      const entity = { ReputationEntityType, ReputationEntityReference };
      await client.send(new UpdateReputationEntityCustomerManagedStatusCommand({ ...entity, SendingStatus }));
    },
    async reputation(tenant) {
      const arn = await arnOf(tenant);
      if (arn === undefined) return null;
      const [entity, list] = await Promise.all([
        client.send(new GetReputationEntityCommand({ ReputationEntityType, ReputationEntityReference: arn })),
        client.send(new ListRecommendationsCommand({ Filter: { RESOURCE_ARN: arn }, PageSize })),
      ]);
      const { SendingStatusAggregate, CustomerManagedStatus, AwsSesManagedStatus, ReputationImpact } =
        entity.ReputationEntity ?? {};
      return {
        sending_status: SendingStatusAggregate ?? "ENABLED",
        own: statusOf(CustomerManagedStatus),
        ses: statusOf(AwsSesManagedStatus),
        impact: ReputationImpact ?? null,
        findings: (list.Recommendations ?? []).filter(({ Status }) => Status !== "FIXED").map(findingOf),
      };
    },
  };
}

const statusOf = (record: StatusRecord | undefined): TenantStatus | null =>
  record?.Status === undefined
    ? null
    : { status: record.Status, cause: record.Cause ?? null, since: timeOf(record.LastUpdatedTimestamp) };

const findingOf = ({ Type, Impact, Description, CreatedTimestamp }: Recommendation): Finding => ({
  type: Type ?? "",
  impact: Impact ?? "",
  description: Description ?? "",
  since: timeOf(CreatedTimestamp),
});

const timeOf = (date: Date | undefined): string | null => date?.toISOString() ?? null;
