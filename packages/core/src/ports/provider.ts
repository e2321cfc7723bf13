/** A domain as an identity at SES. */
export interface SesIdentity {
  /** Whether this installation made it, by its tag: any other identity of the account is not ours to change or remove. */
  readonly ours: boolean;
  /** A mark that it was given when it was made, and another when it was made anew; null = none. */
  readonly made: string | null;
  /** Whether bounces are sent on as mail as well; never wanted, and on until it is turned off. */
  readonly feedback: boolean;
  /** What SES says of the DKIM records; it looks them up itself. */
  readonly dkim: "not_started" | "pending" | "success" | "failed" | "temporary_failure";
  /** Easy DKIM: three CNAMEs `<token>._domainkey.<domain>` → `<token>.dkim.amazonses.com`. */
  readonly tokens: readonly string[];
  /** The custom MAIL FROM domain; null = none set. */
  readonly mail_from: string | null;
  /** Host of the one MX of the MAIL FROM domain. */
  readonly feedback_mx: string;
  /** Host of the MX of a domain that receives mail at SES. */
  readonly inbound_mx: string;
}

/** Whether platform mail can go out at SES (R-SRV-4). */
export interface ProviderStatus {
  readonly quota: {
    /** Whether the account may send at all. */
    readonly enabled: boolean;
    /** In the sandbox only verified recipients get mail. */
    readonly sandbox: boolean;
    /** Recipients in 24 hours (null = without limit), and how many of them are used. */
    readonly limit: number | null;
    readonly used: number;
  };
  /** Whether the identity is verified; null = there is none of exactly this name. */
  readonly identity: boolean | null;
  /** As SES says it: `ENABLED`, `DISABLED`, `REINSTATED`; null = there is no tenant. */
  readonly tenant: string | null;
}

/**
 * The provider port: what has to exist at SES before a database can send over the platform. Each call is
 * idempotent: what exists already is left as it is; and gives up within half a minute.
 */
export interface Provider {
  /**
   * Makes the tenant (name ≤ 64, `[A-Za-z0-9_-]`): suppression scope its own and empty, the standard reputation policy.
   */
  createTenant(tenant: string): Promise<void>;
  /** Makes the configuration set with the event destination of the installation. */
  createConfigurationSet(name: string): Promise<void>;
  /** Associates the identity (a domain) and the configuration set with the tenant. */
  associate(tenant: string, resources: { identity: string; configuration_set: string }): Promise<void>;
  /** The tenant sends with this identity no longer. */
  dissociate(tenant: string, identity: string): Promise<void>;
  /**
   * Makes the identity of a domain: Easy DKIM, the custom MAIL FROM domain, no feedback by mail. One that is not ours
   * stays as it is.
   */
  createIdentity(domain: string, mail_from: string): Promise<void>;
  /** The identity of exactly this domain; null = there is none. */
  identity(domain: string): Promise<SesIdentity | null>;
  /** SES gives up on DKIM records that were not there for 72 hours: has it look for the same ones again, if the identity is ours. */
  restartDkim(domain: string): Promise<void>;
  /** Removes the identity if it is ours; what is gone already is no error. */
  removeIdentity(domain: string): Promise<void>;
  /** Removes what is there; what is gone already is no error. */
  removeConfigurationSet(name: string): Promise<void>;
  /** With the tenant go its associations. */
  removeTenant(tenant: string): Promise<void>;
  /** How many recipients a second SES takes from the account; null = without limit. */
  sendRate(): Promise<number | null>;
  /** How SES sees the account, an identity (a domain) and a tenant. */
  status(tenant: string, identity: string): Promise<ProviderStatus>;
}
