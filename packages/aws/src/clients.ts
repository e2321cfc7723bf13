import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KMSClient } from "@aws-sdk/client-kms";
import { S3Client } from "@aws-sdk/client-s3";
import { SESv2Client } from "@aws-sdk/client-sesv2";
import { SQSClient } from "@aws-sdk/client-sqs";
import { clientOptions } from "./client-options.ts";
import type { AwsConfig } from "./config.ts";
import { managementOptions } from "./provider.ts";
import { sesClientOptions } from "./ses/mailer.ts";

/** One client a service, and the two that repeat in another way. */
export interface Clients {
  readonly dynamodb: DynamoDBClient;
  /** DynamoDB without repetition: single writes (see the store). */
  readonly dynamodbOnce: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly kms: KMSClient;
  /** SES's management calls, which may be repeated. */
  readonly ses: SESv2Client;
  /** SendEmail: never repeated by the SDK, it has no idempotency token. */
  readonly sesSend: SESv2Client;
}

/**
 * All clients at once, made as the ports make them one by one: for whoever wants to look at what they send.
 * `hand_over_ms` is SendEmail's own time-out.
 */
export function createClients(config: AwsConfig, hand_over_ms: number): Clients {
  const dynamodb = clientOptions(config, "dynamodb");
  const ses = clientOptions(config, "ses");
  return {
    dynamodb: new DynamoDBClient(dynamodb),
    dynamodbOnce: new DynamoDBClient({ ...dynamodb, maxAttempts: 1 }),
    sqs: new SQSClient({ ...clientOptions(config, "sqs"), useQueueUrlAsEndpoint: false }),
    s3: new S3Client(clientOptions(config, "s3")),
    kms: new KMSClient(clientOptions(config, "kms")),
    ses: new SESv2Client(managementOptions(config)),
    sesSend: new SESv2Client({ ...ses, ...sesClientOptions(hand_over_ms) }),
  };
}
