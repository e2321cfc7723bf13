import {
  GetAccountCommand,
  GetConfigurationSetEventDestinationsCommand,
  GetEmailIdentityCommand,
  type SESv2Client,
} from "@aws-sdk/client-sesv2";
import type { AccountLook, DestinationLook, IdentityLook } from "@posthouse/core/ports/inspector";
import { found } from "../ses/status.ts";

/** The account, with the time of AWS's clock when it answered. */
export async function account(client: SESv2Client): Promise<AccountLook> {
  let date: number | null = null;
  const command = new GetAccountCommand({});
  command.middlewareStack.add(
    (next) => async (request) => {
      const answer = await next(request);
      date = dateOf(answer.response);
      return answer;
    },
    { step: "deserialize", priority: "low", name: "noteDate" },
  );
  const told = await client.send(command);
  const { SendQuota, SendingEnabled, ProductionAccessEnabled, EnforcementStatus, PricingAttributes } = told;
  const { Max24HourSend = 0, SentLast24Hours = 0, MaxSendRate = 0 } = SendQuota ?? {};
  return {
    enabled: SendingEnabled ?? false,
    sandbox: !(ProductionAccessEnabled ?? false),
    enforcement: EnforcementStatus ?? "HEALTHY",
    // SES says -1 for no limit
    limit: Max24HourSend < 0 ? null : Max24HourSend,
    used: SentLast24Hours,
    rate: MaxSendRate > 0 ? MaxSendRate : null,
    plan: PricingAttributes?.CurrentPlan ?? null,
    date,
  };
}

function dateOf(response: unknown): number | null {
  const { headers = {} } = response as { headers?: Readonly<Record<string, string>> };
  const time = Date.parse(headers["date"] ?? "");
  return Number.isNaN(time) ? null : time;
}

/** A domain as an identity. */
export async function identity(client: SESv2Client, EmailIdentity: string): Promise<IdentityLook | null> {
  const answer = await found(client.send(new GetEmailIdentityCommand({ EmailIdentity })));
  if (!answer) return null;
  const { VerifiedForSendingStatus, DkimAttributes, MailFromAttributes } = answer;
  const { MailFromDomain, MailFromDomainStatus } = MailFromAttributes ?? {};
  return {
    verified: VerifiedForSendingStatus ?? false,
    dkim: DkimAttributes?.Status ?? "NOT_STARTED",
    signing: DkimAttributes?.SigningEnabled ?? false,
    mail_from: MailFromDomain ? { domain: MailFromDomain, status: MailFromDomainStatus ?? "PENDING" } : null,
  };
}

/** Where the events of a configuration set go. */
export async function destinations(
  client: SESv2Client,
  ConfigurationSetName: string,
): Promise<readonly DestinationLook[] | null> {
  const answer = await found(client.send(new GetConfigurationSetEventDestinationsCommand({ ConfigurationSetName })));
  if (!answer) return null;
  return (answer.EventDestinations ?? []).map(({ Enabled, MatchingEventTypes, SnsDestination }) => ({
    enabled: Enabled ?? false,
    types: MatchingEventTypes ?? [],
    topic: SnsDestination?.TopicArn ?? null,
  }));
}
