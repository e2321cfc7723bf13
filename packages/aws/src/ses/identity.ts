import { randomUUID } from "node:crypto";
import {
  CreateEmailIdentityCommand,
  DeleteEmailIdentityCommand,
  type DkimStatus,
  GetEmailIdentityCommand,
  type GetEmailIdentityCommandOutput,
  PutEmailIdentityDkimSigningAttributesCommand,
  PutEmailIdentityFeedbackAttributesCommand,
  PutEmailIdentityMailFromAttributesCommand,
  type SESv2Client,
} from "@aws-sdk/client-sesv2";
import type { Provider, SesIdentity } from "@posthouse/core/ports/provider";
import { gone, once } from "./call.ts";

/** The tag of the identities that an installation has made; its value is the installation's root domain. */
const tag = "posthouse";
/** The tag that tells an identity from an earlier one of its name. */
const madeTag = "posthouse-made";

/**
 * The part of the provider port that is about identities: domains as SES knows them. An account may have identities
 * that others made, a second installation too: those without our tag are read and never written.
 */
export function identities(
  client: SESv2Client,
  region: string,
  installation: string,
): Pick<Provider, "createIdentity" | "identity" | "restartDkim" | "removeIdentity"> {
  async function identity(EmailIdentity: string): Promise<SesIdentity | null> {
    let found: SesIdentity | null = null;
    const call = client.send(new GetEmailIdentityCommand({ EmailIdentity }));
    await gone(call.then((answer) => (found = read(answer, region, installation))));
    return found;
  }
  const isOurs = async (name: string): Promise<boolean> => (await identity(name))?.ours ?? false;
  return {
    identity,
    async createIdentity(EmailIdentity, MailFromDomain) {
      const Tags = [
        { Key: tag, Value: installation },
        { Key: madeTag, Value: randomUUID() },
      ];
      const made = await once(client.send(new CreateEmailIdentityCommand({ EmailIdentity, Tags })));
      if (made || (await isOurs(EmailIdentity))) await complete(client, EmailIdentity, MailFromDomain);
    },
    async restartDkim(EmailIdentity) {
      const input = { EmailIdentity, SigningAttributesOrigin: "AWS_SES" } as const;
      if (await isOurs(EmailIdentity)) await client.send(new PutEmailIdentityDkimSigningAttributesCommand(input));
    },
    async removeIdentity(EmailIdentity) {
      if (await isOurs(EmailIdentity)) await gone(client.send(new DeleteEmailIdentityCommand({ EmailIdentity })));
    },
  };
}

async function complete(client: SESv2Client, EmailIdentity: string, MailFromDomain: string): Promise<void> {
  await client.send(
    new PutEmailIdentityMailFromAttributesCommand({
      EmailIdentity,
      MailFromDomain,
      // Without its MX mail goes out as before, DKIM aligned: better than not at all
      BehaviorOnMxFailure: "USE_DEFAULT_VALUE",
    }),
  );
  // Bounces come as events; a copy by mail would go to the envelope sender
  await client.send(new PutEmailIdentityFeedbackAttributesCommand({ EmailIdentity, EmailForwardingEnabled: false }));
}

const read = (
  { DkimAttributes, MailFromAttributes, FeedbackForwardingStatus, Tags = [] }: GetEmailIdentityCommandOutput,
  region: string,
  installation: string,
): SesIdentity => ({
  ours: Tags.some(({ Key, Value }) => Key === tag && Value === installation),
  made: Tags.find(({ Key }) => Key === madeTag)?.Value ?? null,
  feedback: FeedbackForwardingStatus ?? false,
  dkim: states[DkimAttributes?.Status ?? "NOT_STARTED"],
  tokens: DkimAttributes?.Tokens ?? [],
  mail_from: MailFromAttributes?.MailFromDomain ?? null,
  feedback_mx: `feedback-smtp.${region}.amazonses.com`,
  inbound_mx: `inbound-smtp.${region}.amazonaws.com`,
});

const states: Record<DkimStatus, SesIdentity["dkim"]> = {
  NOT_STARTED: "not_started",
  PENDING: "pending",
  SUCCESS: "success",
  FAILED: "failed",
  TEMPORARY_FAILURE: "temporary_failure",
};
