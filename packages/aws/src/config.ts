import type { OperatorSettings } from "@posthouse/core/operator/settings";
import type { QueueUrls } from "./queue.ts";

/** The services spoken to. */
export type Service = "dynamodb" | "sqs" | "s3" | "kms" | "ses";

/** What is needed to build the ports on AWS. */
export interface AwsConfig {
  /** Names, URLs and ARNs of the resources. */
  readonly resources: Resources;
  readonly operator: OperatorSettings;
  /** Whether SMTP servers on private addresses may be reached (G7). */
  readonly private_smtp_hosts: boolean;
  /** Resolvers for the checks of domains, `address` or `address:port`; absent or empty: the system's. */
  readonly dns_servers?: readonly string[];
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
  /** ARN of the SNS topic that SES publishes its events to. */
  readonly events_topic: string;
  /** ARN of the KMS key of the vault. */
  readonly vault_key: string;
}
