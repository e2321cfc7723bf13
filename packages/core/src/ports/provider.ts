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

/** How SES sees a tenant's reputation, and what it has found. */
export interface TenantReputation {
  /** Whether it may send, all told: as SES says it. */
  readonly sending_status: string;
  /** What this installation has set, and what SES has. */
  readonly own: TenantStatus | null;
  readonly ses: TenantStatus | null;
  /** The worst of its findings: `LOW`, `HIGH`; null = none. */
  readonly impact: string | null;
  readonly findings: readonly Finding[];
}

/** One of the two statuses of a tenant. */
export interface TenantStatus {
  /** `ENABLED`, `DISABLED`, `REINSTATED`. */
  readonly status: string;
  readonly cause: string | null;
  /** ISO 8601 UTC. */
  readonly since: string | null;
}

/** What SES holds against a tenant and is not mended. */
export interface Finding {
  /** `BOUNCE`, `COMPLAINT`, `FEEDBACK_3P`, `IP_LISTING`, … */
  readonly type: string;
  readonly impact: string;
  readonly description: string;
  readonly since: string | null;
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
  /** Says whether mail of a configuration set is tracked: only then SES puts a picture into it, and changes its links. */
  setTracking(name: string, tracking: { readonly opens: boolean; readonly clicks: boolean }): Promise<void>;
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
  /** Lets a tenant send, or keeps it from it, whatever SES itself says; where there is none nothing is done. */
  switchTenant(tenant: string, sends: boolean): Promise<void>;
  /** How SES sees a tenant's reputation; null = there is no such tenant. */
  reputation(tenant: string): Promise<TenantReputation | null>;
  /** How SES sees the account, an identity (a domain) and a tenant. */
  status(tenant: string, identity: string): Promise<ProviderStatus>;
}
