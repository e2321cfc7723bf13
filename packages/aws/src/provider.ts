import {
  CreateConfigurationSetCommand,
  CreateConfigurationSetEventDestinationCommand,
  CreateTenantCommand,
  CreateTenantResourceAssociationCommand,
  DeleteConfigurationSetCommand,
  DeleteTenantCommand,
  DeleteTenantResourceAssociationCommand,
  type EventType,
  GetTenantCommand,
  PutTenantSuppressionAttributesCommand,
  SESv2Client,
  UpdateConfigurationSetEventDestinationCommand,
  UpdateReputationEntityPolicyCommand,
} from "@aws-sdk/client-sesv2";
import type { Provider } from "@posthouse/core/ports/provider";
import { clientOptions } from "./client-options.ts";
import type { AwsConfig } from "./config.ts";
import { gone, limited, once } from "./ses/call.ts";
import { identities } from "./ses/identity.ts";
import { reputations } from "./ses/reputation.ts";
import { sendRate, status } from "./ses/status.ts";

/** Every event SES publishes of a mail, but those that have it change the mail: `setTracking` adds them. */
const events: EventType[] = [
  "SEND",
  "DELIVERY",
  "BOUNCE",
  "COMPLAINT",
  "REJECT",
  "DELIVERY_DELAY",
  "RENDERING_FAILURE",
  "SUBSCRIPTION",
];

/** The event destination of each configuration set. */
const destination = "posthouse";

/** Our list is the only one: no reason adds an address to SES's, and the account's does not count. */
const suppression = { SuppressionScope: "TENANT" as const, SuppressedReasons: [] };

/**
 * SES takes about one management call a second. The SDK's adaptive mode measures what is let through and paces the
 * calls of this client by it; what is still refused comes again by the queue.
 */
export const managementOptions = (config: AwsConfig) => ({
  ...clientOptions(config, "ses"),
  retryMode: "adaptive" as const,
  maxAttempts: 8,
});

/** The provider port with a client of its own, unless one is given. */
export const openProvider = (config: AwsConfig, client = new SESv2Client(managementOptions(config))): Provider =>
  createProvider(limited(client), config.resources.events_topic, config.operator.root_domain);

/**
 * The provider port on SES v2. Each call may be repeated, and takes up a half-made tenant or set where the last
 * one stopped. `eventsTopic` is the SNS topic's ARN; Region and account of the other ARNs are read from it.
 * `installation` is the root domain, which the identities made here are tagged with.
 */
export function createProvider(client: SESv2Client, eventsTopic: string, installation: string): Provider {
  const [, partition = "aws", , region = "", account = ""] = eventsTopic.split(":");
  const arn = (resource: string): string => `arn:${partition}:ses:${region}:${account}:${resource}`;
  const associate = (TenantName: string, ResourceArn: string) =>
    once(client.send(new CreateTenantResourceAssociationCommand({ TenantName, ResourceArn })));
  const published = (MatchingEventTypes: EventType[]) => ({
    Enabled: true,
    MatchingEventTypes,
    SnsDestination: { TopicArn: eventsTopic },
  });
  return {
    async createTenant(TenantName) {
      const made = await once(client.send(new CreateTenantCommand({ TenantName, SuppressionAttributes: suppression })));
      if (!made) await client.send(new PutTenantSuppressionAttributesCommand({ TenantName, ...suppression }));
      const { Tenant } = await client.send(new GetTenantCommand({ TenantName }));
      await client.send(
        new UpdateReputationEntityPolicyCommand({
          ReputationEntityType: "RESOURCE",
          ReputationEntityReference: Tenant?.TenantArn,
          ReputationEntityPolicy: `arn:${partition}:ses:${region}:aws:reputation-policy/standard`,
        }),
      );
    },
    async createConfigurationSet(ConfigurationSetName) {
      const set = { ConfigurationSetName };
      await once(
        client.send(
          new CreateConfigurationSetCommand({ ...set, ReputationOptions: { ReputationMetricsEnabled: true } }),
        ),
      );
      const input = { ...set, EventDestinationName: destination, EventDestination: published(events) };
      await once(client.send(new CreateConfigurationSetEventDestinationCommand(input)));
    },
    async setTracking(ConfigurationSetName, { opens, clicks }) {
      const tracked: EventType[] = [...(opens ? ["OPEN" as const] : []), ...(clicks ? ["CLICK" as const] : [])];
      const input = { EventDestinationName: destination, EventDestination: published([...events, ...tracked]) };
      await client.send(new UpdateConfigurationSetEventDestinationCommand({ ConfigurationSetName, ...input }));
    },
    async associate(tenant, { identity, configuration_set }) {
      await associate(tenant, arn(`identity/${identity}`));
      await associate(tenant, arn(`configuration-set/${configuration_set}`));
    },
    async dissociate(TenantName, identity) {
      const ResourceArn = arn(`identity/${identity}`);
      await gone(client.send(new DeleteTenantResourceAssociationCommand({ TenantName, ResourceArn })));
    },
    ...identities(client, region, installation),
    async removeConfigurationSet(ConfigurationSetName) {
      await gone(client.send(new DeleteConfigurationSetCommand({ ConfigurationSetName })));
    },
    async removeTenant(TenantName) {
      await gone(client.send(new DeleteTenantCommand({ TenantName })));
    },
    ...reputations(client),
    status: (tenant, identity) => status(client, tenant, identity),
    sendRate: () => sendRate(client),
  };
}
