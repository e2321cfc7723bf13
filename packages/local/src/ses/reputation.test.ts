import {
  CreateTenantCommand,
  ListRecommendationsCommand,
  type ListRecommendationsFilterKey,
  ListReputationEntitiesCommand,
  type ReputationEntityFilterKey,
} from "@aws-sdk/client-sesv2";
import { describe, expect, it } from "vitest";
import { createFixture, failure } from "./fixture.ts";

type Filter<Key extends string> = Partial<Record<Key, string>>;

async function createTenants() {
  const { client, control } = await createFixture();
  const arns: Record<string, string> = {};
  for (const TenantName of ["acme", "beta"])
    arns[TenantName] = (await client.send(new CreateTenantCommand({ TenantName }))).TenantArn ?? "";
  control.find("acme", { type: "BOUNCE", impact: "LOW", description: "6 %" });
  control.find("acme", { type: "COMPLAINT", impact: "HIGH", description: "0.4 %" });
  return { client, control, arns };
}

describe("findings of a tenant's reputation", () => {
  it("are listed, all or by filters that SES takes together", async () => {
    const { client, arns } = await createTenants();
    const list = async (Filter: Filter<ListRecommendationsFilterKey> = {}) =>
      (await client.send(new ListRecommendationsCommand({ Filter }))).Recommendations?.map(({ Type }) => Type);
    expect(await list()).toEqual(["BOUNCE", "COMPLAINT"]);
    expect(await list({ RESOURCE_ARN: arns["acme"] ?? "" })).toEqual(["BOUNCE", "COMPLAINT"]);
    expect(await list({ RESOURCE_ARN: arns["beta"] ?? "" })).toEqual([]);
    expect(await list({ STATUS: "OPEN", IMPACT: "HIGH" })).toEqual(["COMPLAINT"]);
    expect(await list({ STATUS: "FIXED", TYPE: "BOUNCE" })).toEqual([]);
    const refused = { name: "BadRequestException" };
    expect(await failure(list({ TYPE: "BOUNCE", IMPACT: "LOW" }))).toMatchObject(refused);
    expect(await failure(list({ RESOURCE_ARN: "arn:aws:s3:::x" }))).toMatchObject(refused);
    expect(await failure(list({ NONE: "x" } as Filter<ListRecommendationsFilterKey>))).toMatchObject(refused);
    expect(await failure(client.send(new ListRecommendationsCommand({ PageSize: 101 })))).toMatchObject(refused);
  });

  it("are listed page by page", async () => {
    const { client } = await createTenants();
    const first = await client.send(new ListRecommendationsCommand({ PageSize: 1 }));
    const { NextToken } = first;
    const second = await client.send(new ListRecommendationsCommand({ PageSize: 1, NextToken }));
    const types = [first, second].flatMap(({ Recommendations = [] }) => Recommendations.map(({ Type }) => Type));
    expect([types, second.NextToken]).toEqual([["BOUNCE", "COMPLAINT"], undefined]);
  });

  it("make its impact, by which tenants are found", async () => {
    const { client, control, arns } = await createTenants();
    control.pauseTenant("beta", true);
    const list = async (Filter: Filter<ReputationEntityFilterKey>) =>
      (await client.send(new ListReputationEntitiesCommand({ Filter }))).ReputationEntities;
    expect(await list({ REPUTATION_IMPACT: "HIGH" })).toMatchObject([
      { ReputationEntityReference: arns["acme"], ReputationImpact: "HIGH", SendingStatusAggregate: "ENABLED" },
    ]);
    expect(await list({ SENDING_STATUS: "DISABLED" })).toMatchObject([{ ReputationEntityReference: arns["beta"] }]);
    expect(await list({ ENTITY_REFERENCE_PREFIX: arns["acme"] ?? "" })).toHaveLength(1);
    expect(await list({ ENTITY_TYPE: "RESOURCE" })).toHaveLength(2);
  });
});
