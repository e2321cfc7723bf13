/** The inspector port: what the doctor alone asks of AWS. Nothing is changed by it. */

/** Where the installation is, and what is its own. */
export interface Place {
  /** The Region's name. */
  readonly region: string;
  /** The configuration set and the tenant that SES has for the installation itself. */
  readonly own: string;
  /** ARN of the SNS topic that SES publishes its events to. */
  readonly events_topic: string;
  /** URLs of the queues that code sends to, by name. */
  readonly queues: Readonly<Record<string, string>>;
  /** URLs of the queues that SES's events, and the mail it receives, come to by topics. */
  readonly told: { readonly feedback: string; readonly inbound: string };
  /** Whether this installation receives mail: one a Region does. */
  readonly receives: boolean;
}

/** SES's account in this Region. */
export interface AccountLook {
  readonly enabled: boolean;
  readonly sandbox: boolean;
  /** `HEALTHY`, `PROBATION`, `SHUTDOWN`. */
  readonly enforcement: string;
  /** Recipients in 24 hours (null = without limit), how many are used, and recipients a second. */
  readonly limit: number | null;
  readonly used: number;
  readonly rate: number | null;
  /** SES's pricing plan: `NONE` = each feature by itself, `ESSENTIALS`, `PRO`, `ENTERPRISE`; null = it does not say. */
  readonly plan: string | null;
  /** The Date header of the answer, in ms; null = it had none. */
  readonly date: number | null;
}

/** A domain as SES sees it. */
export interface IdentityLook {
  readonly verified: boolean;
  /** `SUCCESS`, `PENDING`, `FAILED`, … */
  readonly dkim: string;
  readonly signing: boolean;
  /** The custom MAIL FROM domain and what SES says of its MX; null = there is none. */
  readonly mail_from: { readonly domain: string; readonly status: string } | null;
}

/** Where SES publishes events to. */
export interface DestinationLook {
  readonly enabled: boolean;
  /** `SEND`, `DELIVERY`, … */
  readonly types: readonly string[];
  /** ARN; null = it is no topic. */
  readonly topic: string | null;
}

/** Who is told of what a topic gets. */
export interface SubscriptionLook {
  readonly protocol: string;
  /** Of a queue its ARN. */
  readonly endpoint: string;
  readonly confirmed: boolean;
  /** Whether the message comes as it was published. */
  readonly raw: boolean;
}

/** A queue and its dead letters. */
export interface QueueLook {
  /** About how many messages it has: visible, in flight and delayed. */
  readonly depth: number;
  /** The same of its dead letters; null = there is no such queue. */
  readonly dead: number | null;
}

/** The table. */
export interface TableLook {
  readonly active: boolean;
  /** Names of the indexes that are active. */
  readonly indexes: readonly string[];
  /** The attribute that ends items; null = it is off. */
  readonly ttl: string | null;
}

/** A rule for received mail. */
export interface RuleLook {
  readonly enabled: boolean;
  /** Domains and addresses it is for; empty = all that are verified. */
  readonly recipients: readonly string[];
  /** ARN of the topic that is told of what it keeps; null = it keeps nothing. */
  readonly topic: string | null;
}

/** Null = there is no such thing. Each throws what the SDK throws, whose `name` says what is wrong. */
export interface Inspector {
  place(): Promise<Place>;
  account(): Promise<AccountLook>;
  identity(domain: string): Promise<IdentityLook | null>;
  /** Those of a configuration set. */
  destinations(set: string): Promise<readonly DestinationLook[] | null>;
  /** Those of a topic, by ARN. */
  subscriptions(topic: string): Promise<readonly SubscriptionLook[] | null>;
  /** @param queue URL. */
  queue(queue: string): Promise<QueueLook | null>;
  table(): Promise<TableLook | null>;
  /** Those of the rule set that is active in the Region. */
  rules(): Promise<readonly RuleLook[] | null>;
}
