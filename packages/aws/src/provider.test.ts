import {
  CreateEmailIdentityCommand,
  GetConfigurationSetEventDestinationsCommand,
  GetEmailIdentityCommand,
  GetReputationEntityCommand,
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

  it("its reputation is watched by the standard policy", async () => {
    const { Tenant } = await client.send(new GetTenantCommand(tenant));
    const { ReputationEntity } = await client.send(
      new GetReputationEntityCommand({
        ReputationEntityType: "RESOURCE",
        ReputationEntityReference: Tenant?.TenantArn,
      }),
    );
    expect(ReputationEntity?.ReputationManagementPolicy).toBe("arn:aws:ses:us-east-1:aws:reputation-policy/standard");
  });

  it("R-FAIL-7 switches a tenant off and on, and says how SES sees it", async () => {
    const { provider } = test.ports;
    await provider.switchTenant("db_1", false);
    const finding = { type: "BOUNCE", impact: "HIGH", description: "The bounce rate is 11 %." } as const;
    test.ses.control.find("db_1", finding);
    expect(await provider.reputation("db_1")).toMatchObject({
      sending_status: "DISABLED",
      own: { status: "DISABLED", since: expect.any(String) },
      ses: { status: "ENABLED" },
      impact: "HIGH",
      findings: [{ ...finding, since: expect.any(String) }],
    });
    await provider.switchTenant("db_1", true);
    expect(await provider.reputation("db_1")).toMatchObject({ sending_status: "ENABLED", own: { status: "ENABLED" } });
  });

  it("of a tenant that is not there nothing is switched, and nothing is said", async () => {
    const { provider } = test.ports;
    await provider.switchTenant("db_none", false);
    expect(await provider.reputation("db_none")).toBeNull();
  });

  it("makes an identity with Easy DKIM, MAIL FROM domain and no feedback by mail, and finds it made", async () => {
    const { provider } = test.ports;
    expect(await provider.identity("company.com")).toBeNull();
    for (let time = 1; time <= 2; time++) await provider.createIdentity("company.com", "send.company.com");
    expect(await provider.identity("company.com")).toEqual({
      ours: true,
      made: expect.any(String),
      feedback: false,
      dkim: "pending",
      tokens: [expect.any(String), expect.any(String), expect.any(String)],
      mail_from: "send.company.com",
      feedback_mx: "feedback-smtp.us-east-1.amazonses.com",
      inbound_mx: "inbound-smtp.us-east-1.amazonaws.com",
    });
    const identity = await client.send(new GetEmailIdentityCommand({ EmailIdentity: "company.com" }));
    expect(identity.FeedbackForwardingStatus).toBe(false);
  });

  it("R-DOM-9 an identity that others made is neither changed nor removed", async () => {
    const { provider } = test.ports;
    const others = [[], [{ Key: "posthouse", Value: "another.test" }]];
    for (const [n, Tags] of others.entries()) {
      const EmailIdentity = `others${n}.com`;
      await client.send(new CreateEmailIdentityCommand({ EmailIdentity, Tags }));
      test.ses.control.verify(EmailIdentity, "FAILED");
      await provider.createIdentity(EmailIdentity, `send.${EmailIdentity}`);
      await provider.restartDkim(EmailIdentity);
      await provider.removeIdentity(EmailIdentity);
      const left = { ours: false, feedback: true, dkim: "failed", mail_from: null };
      expect(await provider.identity(EmailIdentity)).toMatchObject(left);
    }
  });

  it("has SES look for the same DKIM records again once it has given up", async () => {
    const { provider } = test.ports;
    const before = await provider.identity("company.com");
    test.ses.control.verify("company.com", "FAILED");
    expect((await provider.identity("company.com"))?.dkim).toBe("failed");
    await provider.restartDkim("company.com");
    expect(await provider.identity("company.com")).toEqual(before);
  });

  it("takes away what there is, and what is gone already is no error", async () => {
    const { provider } = test.ports;
    await provider.createTenant("db_2");
    await provider.createConfigurationSet("db_2");
    await provider.associate("db_2", { identity: "company.com", configuration_set: "db_2" });
    for (let time = 1; time <= 2; time++) {
      await provider.dissociate("db_2", "company.com");
      await provider.removeIdentity("company.com");
      await provider.removeConfigurationSet("db_2");
      await provider.removeTenant("db_2");
    }
    expect(await provider.identity("company.com")).toBeNull();
    await expect(client.send(new GetTenantCommand({ TenantName: "db_2" }))).rejects.toHaveProperty(
      "name",
      "NotFoundException",
    );
  });

  it("is paced by what SES lets through", async () => {
    test.ses.control.set({ managementRate: 5 });
    const names = Array.from({ length: 8 }, (_, n) => `paced${n}.com`);
    await Promise.all(names.map((name) => test.ports.provider.createIdentity(name, `send.${name}`)));
    test.ses.control.set({ managementRate: undefined });
    for (const name of names)
      expect(await test.ports.provider.identity(name)).toMatchObject({ mail_from: `send.${name}` });
  });

  it("every event but those that SES changes mail for goes to the installation's topic", async () => {
    const { EventDestinations = [] } = await client.send(new GetConfigurationSetEventDestinationsCommand(set));
    expect(EventDestinations).toHaveLength(1);
    expect(EventDestinations[0]).toMatchObject({
      Enabled: true,
      SnsDestination: { TopicArn: "arn:aws:sns:us-east-1:000000000000:posthouse-events" },
    });
    expect(EventDestinations[0]?.MatchingEventTypes?.toSorted()).toEqual([
      "BOUNCE",
      "COMPLAINT",
      "DELIVERY",
      "DELIVERY_DELAY",
      "REJECT",
      "RENDERING_FAILURE",
      "SEND",
      "SUBSCRIPTION",
    ]);
  });

  it("throws what is no repetition", async () => {
    const associate = test.ports.provider.associate("db_none", {
      identity: "posthouse.test",
      configuration_set: "db_1",
    });
    await expect(associate).rejects.toHaveProperty("name", "NotFoundException");
  });
});
