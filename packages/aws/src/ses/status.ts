import { GetAccountCommand, GetEmailIdentityCommand, GetTenantCommand, type SESv2Client } from "@aws-sdk/client-sesv2";
import type { ProviderStatus } from "@posthouse/core/ports/provider";

/** How SES sees the account, an identity and a tenant (R-SRV-4): three management calls. */
export async function status(client: SESv2Client, TenantName: string, EmailIdentity: string): Promise<ProviderStatus> {
  const [account, identity, tenant] = await Promise.all([
    client.send(new GetAccountCommand({})),
    found(client.send(new GetEmailIdentityCommand({ EmailIdentity }))),
    found(client.send(new GetTenantCommand({ TenantName }))),
  ]);
  const { Max24HourSend = 0, SentLast24Hours = 0 } = account.SendQuota ?? {};
  return {
    quota: {
      enabled: account.SendingEnabled ?? false,
      sandbox: !(account.ProductionAccessEnabled ?? false),
      // SES says -1 for no limit
      limit: Max24HourSend < 0 ? null : Max24HourSend,
      used: SentLast24Hours,
    },
    identity: identity ? (identity.VerifiedForSendingStatus ?? false) : null,
    tenant: tenant?.Tenant?.SendingStatus ?? null,
  };
}

/** The account's rate in recipients a second; the embedded SES says -1 where it enforces none, as SES does of a day. */
export async function sendRate(client: SESv2Client): Promise<number | null> {
  const { SendQuota } = await client.send(new GetAccountCommand({}));
  const rate = SendQuota?.MaxSendRate ?? -1;
  return rate > 0 ? rate : null;
}

/** Undefined for what there is not. */
export async function found<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && error.name === "NotFoundException") return undefined;
    throw error;
  }
}
