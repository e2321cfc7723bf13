import { PutEmailIdentityMailFromAttributesCommand, SESv2Client } from "@aws-sdk/client-sesv2";
import { createProvider } from "@posthouse/aws/provider";
import { region } from "./fauxqs.ts";
import { credentials, own, topicArn } from "./resources.ts";
import type { Services } from "./services.ts";

/**
 * Makes at the embedded SES what a deployment makes for the installation itself: configuration set and tenant with the
 * root's identity, and its MAIL FROM domain. What is there is kept.
 */
export async function install({ ses }: Pick<Services, "ses">, root_domain: string): Promise<void> {
  const client = new SESv2Client({ endpoint: ses.url, region, credentials });
  const provider = createProvider(client, topicArn, root_domain);
  try {
    await Promise.all([provider.createTenant(own), provider.createConfigurationSet(own)]);
    await provider.associate(own, { identity: root_domain, configuration_set: own });
    const mailFrom = { EmailIdentity: root_domain, MailFromDomain: `bounce.${root_domain}` };
    await client.send(new PutEmailIdentityMailFromAttributesCommand(mailFrom));
    ses.control.verifyMailFrom(root_domain);
  } finally {
    client.destroy();
  }
}
