import {
  CreateEmailIdentityCommand,
  GetEmailIdentityCommand,
  PutEmailIdentityDkimSigningAttributesCommand,
  PutEmailIdentityMailFromAttributesCommand,
} from "@aws-sdk/client-sesv2";
import { createDns } from "@posthouse/aws/dns";
import { expect, it, onTestFinished } from "vitest";
import { startDns } from "../../../../test/support/dns.ts";
import { createFixture } from "./fixture.ts";

const EmailIdentity = "company.com";

async function start() {
  const dns = await startDns();
  onTestFinished(() => dns.close());
  const { client, control } = await createFixture({ dns: createDns({ servers: [dns.address], tries: 1 }) });
  const { DkimAttributes } = await client.send(new CreateEmailIdentityCommand({ EmailIdentity }));
  const get = () => client.send(new GetEmailIdentityCommand({ EmailIdentity }));
  const publish = (token: string) => dns.set(`${token}._domainkey.company.com`, "CNAME", `${token}.dkim.amazonses.com`);
  return { dns, client, control, get, publish, tokens: DkimAttributes?.Tokens ?? [] };
}

it("an identity is verified once all three DKIM records are published", async () => {
  const { get, publish, tokens } = await start();
  for (const token of tokens) {
    expect((await get()).VerificationStatus).toBe("PENDING");
    publish(token);
  }
  expect(await get()).toMatchObject({ VerificationStatus: "SUCCESS", DkimAttributes: { Status: "SUCCESS" } });
});

it("the MAIL FROM domain is once its MX is the only one, and silence verifies nothing", async () => {
  const { dns, client, get } = await start();
  const MailFromDomain = "send.company.com";
  await client.send(new PutEmailIdentityMailFromAttributesCommand({ EmailIdentity, MailFromDomain }));
  const status = async () => (await get()).MailFromAttributes?.MailFromDomainStatus;
  dns.set(MailFromDomain, "MX", "10 feedback-smtp.us-east-1.amazonses.com", "20 mail.company.com");
  expect(await status()).toBe("PENDING");
  dns.fail(MailFromDomain, "servfail");
  expect(await status()).toBe("PENDING");
  dns.clear(MailFromDomain);
  dns.set(MailFromDomain, "MX", "10 feedback-smtp.us-east-1.amazonses.com");
  expect(await status()).toBe("SUCCESS");
});

it("looks again only when it is told to, once it has given up", async () => {
  const { client, control, get, publish, tokens } = await start();
  control.verify(EmailIdentity, "FAILED");
  for (const token of tokens) publish(token);
  expect((await get()).VerificationStatus).toBe("FAILED");
  const again = await client.send(
    new PutEmailIdentityDkimSigningAttributesCommand({ EmailIdentity, SigningAttributesOrigin: "AWS_SES" }),
  );
  expect(again).toMatchObject({ DkimStatus: "PENDING", DkimTokens: tokens });
  expect((await get()).VerificationStatus).toBe("SUCCESS");
});
