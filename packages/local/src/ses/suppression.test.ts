import {
  CreateTenantCommand,
  CreateTenantResourceAssociationCommand,
  DeleteSuppressedDestinationCommand,
  GetSuppressedDestinationCommand,
  ListSuppressedDestinationsCommand,
  type ListSuppressedDestinationsCommandInput,
  PutAccountSuppressionAttributesCommand,
  PutSuppressedDestinationCommand,
  PutTenantSuppressionAttributesCommand,
} from "@aws-sdk/client-sesv2";
import { describe, expect, it } from "vitest";
import { createFixture, failure } from "./fixture.ts";

const EmailAddress = "To@Example.net";

describe("suppressed destinations", () => {
  it("are put, shown, listed and deleted, whatever their case", async () => {
    const { client } = await createFixture({ now: () => 1_700_000_000_000 });
    await client.send(new PutSuppressedDestinationCommand({ EmailAddress, Reason: "BOUNCE" }));
    const LastUpdateTime = new Date(1_700_000_000_000);
    const get = () => client.send(new GetSuppressedDestinationCommand({ EmailAddress: "to@example.NET" }));
    expect((await get()).SuppressedDestination).toEqual({ EmailAddress, Reason: "BOUNCE", LastUpdateTime });
    await client.send(new PutSuppressedDestinationCommand({ EmailAddress: "z@x.org", Reason: "COMPLAINT" }));
    const list = async (input: ListSuppressedDestinationsCommandInput) => {
      const answer = await client.send(new ListSuppressedDestinationsCommand(input));
      return answer.SuppressedDestinationSummaries?.map((entry) => entry.EmailAddress);
    };
    expect(await list({})).toEqual([EmailAddress, "z@x.org"]);
    expect(await list({ Reasons: ["COMPLAINT"] })).toEqual(["z@x.org"]);
    expect(await list({ Reasons: ["COMPLAINT", "BOUNCE"] })).toHaveLength(2);
    expect(await list({ StartDate: new Date(1_700_000_000_001) })).toEqual([]);
    expect(await list({ EndDate: LastUpdateTime })).toHaveLength(2);
    const page = await client.send(new ListSuppressedDestinationsCommand({ PageSize: 1 }));
    expect(await list({ PageSize: 1, NextToken: page.NextToken })).toEqual(["z@x.org"]);
    expect(await failure(list({ NextToken: "nonsense" }))).toMatchObject({ name: "InvalidNextTokenException" });
    await client.send(new DeleteSuppressedDestinationCommand({ EmailAddress }));
    expect(await failure(get())).toMatchObject({ name: "NotFoundException", status: 404 });
    const again = client.send(new DeleteSuppressedDestinationCommand({ EmailAddress }));
    expect(await failure(again)).toMatchObject({ name: "NotFoundException" });
    const wrong = client.send(new PutSuppressedDestinationCommand({ EmailAddress: "nobody", Reason: "BOUNCE" }));
    expect(await failure(wrong)).toMatchObject({ name: "BadRequestException" });
  });

  it("get no mail: a Send, then a bounce, for them alone", async () => {
    const { client, send, events, mailbox } = await createFixture();
    await client.send(new PutSuppressedDestinationCommand({ EmailAddress, Reason: "COMPLAINT" }));
    await send({ Destination: { ToAddresses: ["to@example.net", "other@example.net"] } });
    const [sent, delivered, bounced] = await events(3);
    expect(sent?.eventType).toBe("Send");
    expect(delivered).toMatchObject({ delivery: { recipients: ["other@example.net"] } });
    expect(bounced).toMatchObject({
      eventType: "Bounce",
      bounce: {
        bounceType: "Permanent",
        bounceSubType: "OnAccountSuppressionList",
        bouncedRecipients: [{ emailAddress: "to@example.net", action: "failed", status: "5.1.1" }],
      },
    });
    expect(mailbox.list(1)[0]?.recipients).toHaveLength(2);
  });

  it("count for the reasons the account suppresses only", async () => {
    const { client, send, events } = await createFixture();
    await client.send(new PutSuppressedDestinationCommand({ EmailAddress, Reason: "COMPLAINT" }));
    await client.send(new PutAccountSuppressionAttributesCommand({ SuppressedReasons: ["BOUNCE"] }));
    await send();
    expect((await events(2)).map(({ eventType }) => eventType)).toEqual(["Send", "Delivery"]);
  });

  it("are a tenant's own in scope TENANT, the account's otherwise", async () => {
    const { client, send, events } = await createFixture();
    const TenantName = "acme";
    await client.send(new CreateTenantCommand({ TenantName }));
    for (const ResourceArn of ["identity/example.com", "configuration-set/main"]) {
      const arn = `arn:aws:ses:us-east-1:000000000000:${ResourceArn}`;
      await client.send(new CreateTenantResourceAssociationCommand({ TenantName, ResourceArn: arn }));
    }
    await client.send(new PutSuppressedDestinationCommand({ EmailAddress, Reason: "BOUNCE" }));
    const scope = (...SuppressedReasons: ("BOUNCE" | "COMPLAINT")[]) =>
      client.send(
        new PutTenantSuppressionAttributesCommand({ TenantName, SuppressionScope: "TENANT", SuppressedReasons }),
      );
    await send({ TenantName });
    await scope();
    await send({ TenantName });
    await client.send(new PutSuppressedDestinationCommand({ EmailAddress, Reason: "BOUNCE", TenantName }));
    await send({ TenantName });
    await scope("BOUNCE");
    await send({ TenantName });
    const types = (await events(8)).map(({ eventType }) => eventType);
    expect(types.filter((type) => type !== "Send")).toEqual(["Bounce", "Delivery", "Delivery", "Bounce"]);
    const get = await client.send(new GetSuppressedDestinationCommand({ EmailAddress, TenantName }));
    expect(get.SuppressedDestination?.TenantName).toBe(TenantName);
    const unknown = client.send(new GetSuppressedDestinationCommand({ EmailAddress, TenantName: "none" }));
    expect(await failure(unknown)).toMatchObject({ name: "NotFoundException" });
  });
});
