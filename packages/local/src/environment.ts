import { type OperatorSettings, type Waits } from "@posthouse/core/operator/settings";
import { region } from "./fauxqs.ts";
import { bucket, credentials, queueUrl, stage, table, topicArn } from "./resources.ts";

/** What the functions get to know of the installation, beside where the services are. */
export interface FunctionSettings {
  readonly operatorKey: string;
  readonly root_domain: string;
  readonly platform_smtp_url: OperatorSettings["platform_smtp_url"];
  /** Links in mail begin so; null = none are made. */
  readonly public_url: OperatorSettings["public_url"];
  readonly private_smtp_hosts: boolean;
  /** Resolvers for the checks of domains. @default the system's */
  readonly dns_servers?: readonly string[];
  readonly reset_utc: string;
  readonly waits: Waits;
}

/** Where the services are, and the key of KMS. */
export interface Endpoints {
  readonly dynamodb: { readonly url: string };
  readonly fauxqs: { readonly url: string };
  readonly ses: { readonly url: string };
  readonly kms: { readonly url: string; readonly keyArn: string };
}

/**
 * The environment the functions find on Lambda: linked resources as SST passes them, settings, and where the SDK
 * finds the services. The functions cannot tell the difference.
 */
export function environment(services: Endpoints, settings: FunctionSettings): Record<string, string> {
  const { waits } = settings;
  return {
    ...sdk(services),
    ...links(services, settings),
    POSTHOUSE_ROOT_DOMAIN: settings.root_domain,
    POSTHOUSE_PUBLIC_URL: settings.public_url ?? "",
    POSTHOUSE_PRIVATE_SMTP_HOSTS: String(settings.private_smtp_hosts),
    POSTHOUSE_DNS_SERVERS: (settings.dns_servers ?? []).join(","),
    POSTHOUSE_RESET_UTC: settings.reset_utc,
    POSTHOUSE_TICK_SECONDS: String(waits.tick),
    POSTHOUSE_RECOVERY_SECONDS: String(waits.recovery),
    POSTHOUSE_UNKNOWN_SECONDS: String(waits.unknown),
    POSTHOUSE_LEASE_SECONDS: String(waits.lease),
  };
}

/** Variables of the user's own that would lead the SDK past the embedded services, or real credentials to them. */
export const foreign = [
  "AWS_PROFILE",
  "AWS_SESSION_TOKEN",
  "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
  "AWS_ENDPOINT_URL",
  "AWS_USE_FIPS_ENDPOINT",
  "AWS_USE_DUALSTACK_ENDPOINT",
  "SST_KEY",
  "SST_KEY_FILE",
  "SST_RESOURCES_JSON",
];

function sdk({ dynamodb, fauxqs, ses, kms }: Endpoints): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    AWS_ENDPOINT_URL_SQS: fauxqs.url,
    AWS_ENDPOINT_URL_SNS: fauxqs.url,
    AWS_ENDPOINT_URL_S3: fauxqs.url,
    AWS_ENDPOINT_URL_SES: ses.url,
    AWS_ENDPOINT_URL_SESV2: ses.url,
    AWS_ENDPOINT_URL_KMS: kms.url,
  };
}

function links({ fauxqs, kms }: Endpoints, settings: FunctionSettings): Record<string, string> {
  const resources: Record<string, object> = {
    App: { name: "posthouse", stage },
    Table: { name: table },
    Bodies: { name: bucket },
    DispatchQueue: { url: queueUrl(fauxqs, "dispatch") },
    MassQueue: { url: queueUrl(fauxqs, "mass") },
    ExternalQueue: { url: queueUrl(fauxqs, "external") },
    FeedbackQueue: { url: queueUrl(fauxqs, "feedback") },
    InboundQueue: { url: queueUrl(fauxqs, "inbound") },
    ProvisionQueue: { url: queueUrl(fauxqs, "provision") },
    WebhookQueue: { url: queueUrl(fauxqs, "webhook") },
    IncomingQueue: { url: queueUrl(fauxqs, "incoming") },
    EventsTopic: { arn: topicArn },
    VaultKey: { arn: kms.keyArn },
    OperatorKey: { value: settings.operatorKey },
    PlatformSmtpUrl: { value: settings.platform_smtp_url ?? "none" },
  };
  return Object.fromEntries(
    Object.entries(resources).map(([name, value]) => [`SST_RESOURCE_${name}`, JSON.stringify(value)]),
  );
}
