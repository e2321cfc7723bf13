import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SESClient } from "@aws-sdk/client-ses";
import { SESv2Client } from "@aws-sdk/client-sesv2";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { Inspector, Place } from "@posthouse/core/ports/inspector";
import { clientOptions } from "../client-options.ts";
import type { AwsConfig } from "../config.ts";
import { queue } from "./queue.ts";
import { rules } from "./rules.ts";
import { account, destinations, identity } from "./ses.ts";
import { subscriptions } from "./subscriptions.ts";
import { table } from "./table.ts";

/** The inspector port, with clients of its own: it is asked for seldom, and few functions ever load it. */
export function openInspector(config: AwsConfig): Inspector {
  const { resources } = config;
  const ses = new SESv2Client(clientOptions(config, "ses"));
  const sesV1 = new SESClient(clientOptions(config, "ses"));
  const sns = new SNSClient(clientOptions(config, "sns"));
  const sqs = new SQSClient({ ...clientOptions(config, "sqs"), useQueueUrlAsEndpoint: false });
  const dynamodb = new DynamoDBClient(clientOptions(config, "dynamodb"));
  return {
    place: async () => placeOf(config),
    account: () => account(ses),
    identity: (domain) => identity(ses, domain),
    destinations: (set) => destinations(ses, set),
    subscriptions: (topic) => subscriptions(sns, topic),
    queue: (url) => queue(sqs, url),
    table: () => table(dynamodb, resources.table),
    rules: () => rules(sesV1),
  };
}

function placeOf({ resources, own, receives = true }: AwsConfig): Place {
  const { events_topic, queues, told } = resources;
  const [, , , region = ""] = events_topic.split(":");
  return { region, own, events_topic, queues, told, receives };
}
