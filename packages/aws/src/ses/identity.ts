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

/** The part of the provider port that is about identities: domains as SES knows them. */
export const identities = (
  client: SESv2Client,
  region: string,
): Pick<Provider, "createIdentity" | "identity" | "restartDkim" | "removeIdentity"> => ({
  async createIdentity(EmailIdentity, MailFromDomain) {
    await once(client.send(new CreateEmailIdentityCommand({ EmailIdentity })));
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
  },
  async identity(EmailIdentity) {
    let found: SesIdentity | null = null;
    const call = client.send(new GetEmailIdentityCommand({ EmailIdentity }));
    await gone(call.then((answer) => (found = read(answer, region))));
    return found;
  },
  async restartDkim(EmailIdentity) {
    await client.send(
      new PutEmailIdentityDkimSigningAttributesCommand({ EmailIdentity, SigningAttributesOrigin: "AWS_SES" }),
    );
  },
  async removeIdentity(EmailIdentity) {
    await gone(client.send(new DeleteEmailIdentityCommand({ EmailIdentity })));
  },
});

const read = ({ DkimAttributes, MailFromAttributes }: GetEmailIdentityCommandOutput, region: string): SesIdentity => ({
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
