import {
  GetConfigurationSetEventDestinationsCommand,
  GetTenantCommand,
  ListTenantResourcesCommand,
  SESv2Client,
} from "@aws-sdk/client-sesv2";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

describe("provider on SES v2", () => {
  let test: TestPorts;
  let client: SESv2Client;
  const tenant = { TenantName: "db_1" };
  const set = { ConfigurationSetName: "db_1" };

  beforeAll(async () => {
    test = await startTestPorts();
    const credentials = { accessKeyId: "x", secretAccessKey: "x" };
    client = new SESv2Client({ endpoint: test.services.ses.url, region: "us-east-1", credentials });
  });
  afterAll(async () => {
    client.destroy();
    await test.close();
  });

  it("makes everything a database needs, and finds it made at every later call", async () => {
    const { provider } = test.ports;
    for (let time = 1; time <= 2; time++) {
      await provider.createTenant("db_1");
      await provider.createConfigurationSet("db_1");
      await provider.associate("db_1", { identity: "posthouse.test", configuration_set: "db_1" });
    }
    const { TenantResources = [] } = await client.send(new ListTenantResourcesCommand(tenant));
    expect(new Set(TenantResources.map(({ ResourceArn }) => ResourceArn))).toEqual(
      new Set([
        "arn:aws:ses:us-east-1:000000000000:configuration-set/db_1",
        "arn:aws:ses:us-east-1:000000000000:identity/posthouse.test",
      ]),
    );
  });

  it("a tenant's suppression list is its own, and nothing is added to it", async () => {
    const { Tenant } = await client.send(new GetTenantCommand(tenant));
    expect(Tenant?.SuppressionAttributes).toMatchObject({ SuppressionScope: "TENANT", SuppressedReasons: [] });
  });

  it("every event goes to the installation's topic", async () => {
    const { EventDestinations = [] } = await client.send(new GetConfigurationSetEventDestinationsCommand(set));
    expect(EventDestinations).toHaveLength(1);
    expect(EventDestinations[0]).toMatchObject({
      Enabled: true,
      SnsDestination: { TopicArn: "arn:aws:sns:us-east-1:000000000000:posthouse-events" },
    });
    expect(EventDestinations[0]?.MatchingEventTypes).toHaveLength(10);
  });

  it("throws what is no repetition", async () => {
    const associate = test.ports.provider.associate("db_none", {
      identity: "posthouse.test",
      configuration_set: "db_1",
    });
    await expect(associate).rejects.toHaveProperty("name", "NotFoundException");
  });
});
