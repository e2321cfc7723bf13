import {
  CreateTenantCommand,
  CreateTenantResourceAssociationCommand,
  DeleteConfigurationSetCommand,
  DeleteEmailIdentityCommand,
  DeleteTenantCommand,
  DeleteTenantResourceAssociationCommand,
  GetReputationEntityCommand,
  GetTenantCommand,
  ListResourceTenantsCommand,
  ListTenantResourcesCommand,
  ListTenantsCommand,
  type SESv2Client,
  UpdateReputationEntityCustomerManagedStatusCommand,
  UpdateReputationEntityPolicyCommand,
} from "@aws-sdk/client-sesv2";
import { describe, expect, it } from "vitest";
import { createFixture, failure, message } from "./fixture.ts";

const ARN = "arn:aws:ses:us-east-1:000000000000:";
const IDENTITY = `${ARN}identity/example.com`;
const SET = `${ARN}configuration-set/main`;
const ReputationEntityType = "RESOURCE";

async function createTenant(client: SESv2Client, TenantName: string, ...resources: string[]): Promise<string> {
  const { TenantArn } = await client.send(new CreateTenantCommand({ TenantName }));
  for (const ResourceArn of resources) {
    await client.send(new CreateTenantResourceAssociationCommand({ TenantName, ResourceArn }));
  }
  return TenantArn ?? "";
}

describe("tenants", () => {
  it("are made, shown, listed and deleted", async () => {
    const { client } = await createFixture();
    const made = await client.send(
      new CreateTenantCommand({
        TenantName: "acme",
        Tags: [{ Key: "k", Value: "v" }],
        SuppressionAttributes: { SuppressionScope: "TENANT", SuppressedReasons: [] },
      }),
    );
    expect(made.TenantArn).toBe(`${ARN}tenant/acme/${made.TenantId}`);
    expect(made).toMatchObject({ SendingStatus: "ENABLED", CreatedTimestamp: expect.any(Date) });
    const { $metadata: _, ...tenant } = made;
    expect((await client.send(new GetTenantCommand({ TenantName: "acme" }))).Tenant).toEqual(tenant);
    await createTenant(client, "beta");
    const first = await client.send(new ListTenantsCommand({ PageSize: 1 }));
    expect(first.Tenants?.map(({ TenantName }) => TenantName)).toEqual(["acme"]);
    const second = await client.send(new ListTenantsCommand({ PageSize: 1, NextToken: first.NextToken }));
    expect(second.Tenants?.map(({ TenantName }) => TenantName)).toEqual(["beta"]);
    await client.send(new DeleteTenantCommand({ TenantName: "acme" }));
    expect(await failure(client.send(new GetTenantCommand({ TenantName: "acme" })))).toMatchObject({
      name: "NotFoundException",
      status: 404,
    });
  });

  it("send only once identity and configuration set are both associated", async () => {
    const { client, send, mailbox } = await createFixture();
    const refused = {
      name: "BadRequestException",
      message: expect.stringContaining("is not associated with tenant <acme>"),
    };
    const mail = () => send({ TenantName: "acme" });
    expect(await failure(mail())).toMatchObject({ name: "NotFoundException", status: 404 });
    await createTenant(client, "acme", SET);
    expect(await failure(mail())).toMatchObject(refused);
    await client.send(new CreateTenantResourceAssociationCommand({ TenantName: "acme", ResourceArn: IDENTITY }));
    await mail();
    expect(mailbox.list(1)[0]?.tenant).toBe("acme");
    await client.send(new DeleteTenantResourceAssociationCommand({ TenantName: "acme", ResourceArn: SET }));
    expect(await failure(mail())).toMatchObject(refused);
    expect(await failure(send({ TenantName: "acme", ConfigurationSetName: undefined }))).toMatchObject({
      name: "BadRequestException",
    });
  });

  it("cover sub-domains by an associated verified parent, and may be named by a header", async () => {
    const { client, send, mailbox } = await createFixture();
    await createTenant(client, "acme", SET, IDENTITY);
    await send({}, message("From: a@acme.example.com", "X-SES-TENANT: acme"));
    expect(mailbox.list(1)[0]?.tenant).toBe("acme");
    const unknown = send({}, message("From: a@example.com", "X-SES-TENANT: none"));
    expect(await failure(unknown)).toMatchObject({ name: "NotFoundException" });
  });

  it("are paused by the customer or by AWS, and reinstated", async () => {
    const { client, control, send } = await createFixture();
    const arn = await createTenant(client, "acme", SET, IDENTITY);
    const mail = () => send({ TenantName: "acme" });
    const set = (SendingStatus: "ENABLED" | "DISABLED" | "REINSTATED") =>
      client.send(
        new UpdateReputationEntityCustomerManagedStatusCommand({
          ReputationEntityType,
          ReputationEntityReference: arn,
          SendingStatus,
        }),
      );
    const paused = { name: "SendingPausedException", status: 400 };
    await set("DISABLED");
    expect(await failure(mail())).toMatchObject(paused);
    await set("ENABLED");
    await mail();
    control.pauseTenant("acme", true);
    expect(await failure(mail())).toMatchObject(paused);
    expect((await client.send(new GetTenantCommand({ TenantName: "acme" }))).Tenant?.SendingStatus).toBe("DISABLED");
    await set("REINSTATED");
    await mail();
    const get = new GetReputationEntityCommand({ ReputationEntityType, ReputationEntityReference: arn });
    expect((await client.send(get)).ReputationEntity).toMatchObject({
      CustomerManagedStatus: { Status: "REINSTATED", LastUpdatedTimestamp: expect.any(Date) },
      AwsSesManagedStatus: { Status: "DISABLED" },
      SendingStatusAggregate: "REINSTATED",
    });
  });

  it("have a reputation policy", async () => {
    const { client } = await createFixture();
    const ReputationEntityReference = await createTenant(client, "acme");
    const policy = "arn:aws:ses:us-east-1:aws:reputation-policy/strict";
    const update = (ReputationEntityPolicy: string, reference = ReputationEntityReference) =>
      client.send(
        new UpdateReputationEntityPolicyCommand({
          ReputationEntityType,
          ReputationEntityReference: reference,
          ReputationEntityPolicy,
        }),
      );
    await update(policy);
    const get = (reference: string) =>
      client.send(new GetReputationEntityCommand({ ReputationEntityType, ReputationEntityReference: reference }));
    expect((await get(ReputationEntityReference)).ReputationEntity?.ReputationManagementPolicy).toBe(policy);
    expect(await failure(update("strict"))).toMatchObject({ name: "BadRequestException" });
    expect(await failure(update(policy, `${ARN}tenant/none/tn-1`))).toMatchObject({ name: "BadRequestException" });
    expect(await failure(get(`${ARN}tenant/none/tn-1`))).toMatchObject({ name: "NotFoundException" });
  });

  it("list their resources, and resources their tenants", async () => {
    const { client } = await createFixture();
    await createTenant(client, "acme", SET, IDENTITY);
    await createTenant(client, "acme2", SET);
    const resources = await client.send(new ListTenantResourcesCommand({ TenantName: "acme" }));
    expect(resources.TenantResources).toEqual([
      { ResourceType: "CONFIGURATION_SET", ResourceArn: SET },
      { ResourceType: "EMAIL_IDENTITY", ResourceArn: IDENTITY },
    ]);
    const filtered = await client.send(
      new ListTenantResourcesCommand({ TenantName: "acme", Filter: { RESOURCE_TYPE: "EMAIL_IDENTITY" } }),
    );
    expect(filtered.TenantResources).toHaveLength(1);
    const tenants = await client.send(new ListResourceTenantsCommand({ ResourceArn: SET }));
    expect(tenants.ResourceTenants).toMatchObject([
      { TenantName: "acme", ResourceArn: SET, AssociatedTimestamp: expect.any(Date) },
      { TenantName: "acme2" },
    ]);
  });

  it("lose the association when the resource is deleted", async () => {
    const { client } = await createFixture();
    await createTenant(client, "acme", SET, IDENTITY);
    const resources = async () =>
      (await client.send(new ListTenantResourcesCommand({ TenantName: "acme" }))).TenantResources;
    await client.send(new DeleteEmailIdentityCommand({ EmailIdentity: "example.com" }));
    expect(await resources()).toEqual([{ ResourceType: "CONFIGURATION_SET", ResourceArn: SET }]);
    await client.send(new DeleteConfigurationSetCommand({ ConfigurationSetName: "main" }));
    expect(await resources()).toEqual([]);
  });

  it("fail as AWS has them fail", async () => {
    const { client } = await createFixture({ limits: { tenants: 1 } });
    await createTenant(client, "acme", SET);
    const create = (TenantName: string) => failure(client.send(new CreateTenantCommand({ TenantName })));
    expect(await create("acme")).toMatchObject({ name: "AlreadyExistsException" });
    expect(await create("no.dots")).toMatchObject({ name: "BadRequestException" });
    expect(await create("x".repeat(65))).toMatchObject({ name: "BadRequestException" });
    expect(await create("beta")).toMatchObject({ name: "LimitExceededException" });
    const associate = (TenantName: string, ResourceArn: string) =>
      failure(client.send(new CreateTenantResourceAssociationCommand({ TenantName, ResourceArn })));
    expect(await associate("none", SET)).toMatchObject({ name: "NotFoundException" });
    expect(await associate("acme", SET)).toMatchObject({ name: "AlreadyExistsException" });
    expect(await associate("acme", `${ARN}identity/none.org`)).toMatchObject({ name: "NotFoundException" });
    expect(await associate("acme", "arn:aws:s3:::x")).toMatchObject({ name: "BadRequestException" });
    const pair = { TenantName: "acme", ResourceArn: IDENTITY };
    const remove = client.send(new DeleteTenantResourceAssociationCommand(pair));
    expect(await failure(remove)).toMatchObject({ name: "NotFoundException" });
  });
});
