import {
  CreateConfigurationSetCommand,
  CreateEmailIdentityCommand,
  DeleteEmailIdentityCommand,
  GetEmailIdentityCommand,
  ListEmailIdentitiesCommand,
  PutEmailIdentityConfigurationSetAttributesCommand,
  PutEmailIdentityDkimAttributesCommand,
  PutEmailIdentityFeedbackAttributesCommand,
  PutEmailIdentityMailFromAttributesCommand,
} from "@aws-sdk/client-sesv2";
import { describe, expect, it } from "vitest";
import { createFixture, failure } from "./fixture.ts";

describe("email identities", () => {
  it("are made pending with DKIM tokens, and verified later", async () => {
    const { client, control } = await createFixture();
    const made = await client.send(new CreateEmailIdentityCommand({ EmailIdentity: "Shop.Example.ORG" }));
    expect(made).toMatchObject({ IdentityType: "DOMAIN", VerifiedForSendingStatus: false });
    expect(made.DkimAttributes?.Tokens).toHaveLength(3);
    const get = () => client.send(new GetEmailIdentityCommand({ EmailIdentity: "shop.example.org" }));
    expect(await get()).toMatchObject({ VerificationStatus: "PENDING", VerifiedForSendingStatus: false });
    control.verify("shop.example.org");
    expect(await get()).toMatchObject({
      IdentityType: "DOMAIN",
      VerificationStatus: "SUCCESS",
      VerifiedForSendingStatus: true,
      FeedbackForwardingStatus: true,
      DkimAttributes: { ...made.DkimAttributes, Status: "SUCCESS", SigningEnabled: true },
    });
    expect((await get()).DkimAttributes?.LastKeyGenerationTimestamp).toBeInstanceOf(Date);
  });

  it("may bring their own DKIM key and be addresses", async () => {
    const { client } = await createFixture();
    const own = await client.send(
      new CreateEmailIdentityCommand({
        EmailIdentity: "own.org",
        DkimSigningAttributes: { DomainSigningSelector: "s1", DomainSigningPrivateKey: "c2VjcmV0" },
      }),
    );
    expect(own.DkimAttributes).toMatchObject({ Tokens: ["s1"], SigningAttributesOrigin: "EXTERNAL" });
    const address = await client.send(new CreateEmailIdentityCommand({ EmailIdentity: "a+b@x.org" }));
    expect(address).toMatchObject({ IdentityType: "EMAIL_ADDRESS", DkimAttributes: { Tokens: [] } });
    const found = await client.send(new GetEmailIdentityCommand({ EmailIdentity: "a+b@x.org" }));
    expect(found.IdentityType).toBe("EMAIL_ADDRESS");
  });

  it("have attributes that can be changed and taken back", async () => {
    const { client } = await createFixture();
    const EmailIdentity = "example.com";
    const get = () => client.send(new GetEmailIdentityCommand({ EmailIdentity }));
    const MailFromDomain = "bounce.example.com";
    await client.send(new PutEmailIdentityMailFromAttributesCommand({ EmailIdentity, MailFromDomain }));
    await client.send(new PutEmailIdentityFeedbackAttributesCommand({ EmailIdentity, EmailForwardingEnabled: false }));
    await client.send(
      new PutEmailIdentityConfigurationSetAttributesCommand({ EmailIdentity, ConfigurationSetName: "main" }),
    );
    await client.send(new PutEmailIdentityDkimAttributesCommand({ EmailIdentity, SigningEnabled: false }));
    expect(await get()).toMatchObject({
      FeedbackForwardingStatus: false,
      ConfigurationSetName: "main",
      DkimAttributes: { SigningEnabled: false },
      MailFromAttributes: { MailFromDomain, MailFromDomainStatus: "PENDING", BehaviorOnMxFailure: "USE_DEFAULT_VALUE" },
    });
    await client.send(new PutEmailIdentityMailFromAttributesCommand({ EmailIdentity }));
    await client.send(new PutEmailIdentityConfigurationSetAttributesCommand({ EmailIdentity }));
    const plain = await get();
    expect(plain.MailFromAttributes).toBeUndefined();
    expect(plain.ConfigurationSetName).toBeUndefined();
  });

  it("give their configuration set to mail that names none", async () => {
    const { client, send, events } = await createFixture();
    await client.send(
      new PutEmailIdentityConfigurationSetAttributesCommand({
        EmailIdentity: "example.com",
        ConfigurationSetName: "main",
      }),
    );
    await send({ ConfigurationSetName: undefined });
    expect((await events(1))[0]?.mail.tags["ses:configuration-set"]).toEqual(["main"]);
  });

  it("are listed in pages, filtered", async () => {
    const { client } = await createFixture();
    for (const EmailIdentity of ["a.org", "b.org", "c@a.org"]) {
      await client.send(new CreateEmailIdentityCommand({ EmailIdentity }));
    }
    const first = await client.send(new ListEmailIdentitiesCommand({ PageSize: 3 }));
    expect(first.EmailIdentities?.map(({ IdentityName }) => IdentityName)).toEqual(["a.org", "b.org", "c@a.org"]);
    const second = await client.send(new ListEmailIdentitiesCommand({ PageSize: 3, NextToken: first.NextToken }));
    expect(second.EmailIdentities).toEqual([
      { IdentityType: "DOMAIN", IdentityName: "example.com", SendingEnabled: true, VerificationStatus: "SUCCESS" },
    ]);
    expect(second.NextToken).toBeUndefined();
    const filtered = await client.send(
      new ListEmailIdentitiesCommand({ Filter: { IDENTITY_TYPE: "DOMAIN", VERIFICATION_STATUS: "PENDING" } }),
    );
    expect(filtered.EmailIdentities).toHaveLength(2);
  });

  it("are gone once deleted", async () => {
    const { client, send } = await createFixture();
    await client.send(new DeleteEmailIdentityCommand({ EmailIdentity: "example.com" }));
    expect(await failure(send())).toMatchObject({ name: "MessageRejected" });
    const again = client.send(new DeleteEmailIdentityCommand({ EmailIdentity: "example.com" }));
    expect(await failure(again)).toMatchObject({ name: "NotFoundException", status: 404 });
  });

  it("fail as AWS has them fail", async () => {
    const { client } = await createFixture({ limits: { identities: 2 } });
    const create = (EmailIdentity: string, ConfigurationSetName?: string) =>
      failure(client.send(new CreateEmailIdentityCommand({ EmailIdentity, ConfigurationSetName })));
    const mailFrom = (EmailIdentity: string, MailFromDomain: string) =>
      failure(client.send(new PutEmailIdentityMailFromAttributesCommand({ EmailIdentity, MailFromDomain })));
    expect(await create("EXAMPLE.com")).toMatchObject({ name: "AlreadyExistsException", status: 400 });
    expect(await create("not a domain")).toMatchObject({ name: "BadRequestException", status: 400 });
    expect(await create("b.org", "none")).toMatchObject({ name: "NotFoundException", status: 404 });
    await client.send(new CreateEmailIdentityCommand({ EmailIdentity: "b.org" }));
    expect(await create("c.org")).toMatchObject({ name: "LimitExceededException", status: 400 });
    expect(await mailFrom("example.com", "mail.other.org")).toMatchObject({ name: "BadRequestException" });
    expect(await mailFrom("none.org", "mail.none.org")).toMatchObject({ name: "NotFoundException" });
    const sets = client.send(new CreateConfigurationSetCommand({ ConfigurationSetName: "no spaces" }));
    expect(await failure(sets)).toMatchObject({ name: "BadRequestException" });
  });
});
