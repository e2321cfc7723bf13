import type { OperatorSettings } from "@posthouse/core/operator/settings";
import type { QueueUrls } from "./queue.ts";
import type { Tracing } from "./trace.ts";

/** The services spoken to. */
export type Service = "dynamodb" | "sqs" | "s3" | "kms" | "ses" | "sns";

/** What is needed to build the ports on AWS. */
export interface AwsConfig {
  /** Names, URLs and ARNs of the resources. */
  readonly resources: Resources;
  readonly operator: OperatorSettings;
  /** Name of the configuration set and of the tenant that SES has for the installation itself. */
  readonly own: string;
  /** Whether this installation receives mail: one a Region does. @default true */
  readonly receives?: boolean;
  /** Whether SMTP servers on private addresses may be reached (G7). */
  readonly private_smtp_hosts: boolean;
  /** Resolvers for the checks of domains, `address` or `address:port`; absent or empty: the system's. */
  readonly dns_servers?: readonly string[];
  /** Where invocations are traced: on Lambda. */
  readonly tracing?: Tracing;
  /** Absent: as the SDK finds them in its environment. */
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly endpoints?: Readonly<Record<Service, string>>;
}

/** The resources of an installation. */
export interface Resources {
  /** The table's name. */
  readonly table: string;
  /** The name of the bucket of bodies. */
  readonly bodies: string;
  readonly queues: QueueUrls;
  /** URLs of the queues that SES's events, and the mail it receives, come to by topics. */
  readonly told: { readonly feedback: string; readonly inbound: string };
  /** ARN of the SNS topic that SES publishes its events to. */
  readonly events_topic: string;
  /** ARN of the KMS key of the vault. */
  readonly vault_key: string;
}
