import { randomBytes } from "node:crypto";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { receivedPrefix } from "@posthouse/core/inbound/object";
import { region } from "../fauxqs.ts";
import { bucket, credentials, inboundTopicArn } from "../resources.ts";
import { type Arrival, notification } from "./notification.ts";

/** Takes mail as SES does by its receipt rule: into the bucket, then told to the topic. */
export interface Receiver {
  /**
   * Done when the mail is durable and everybody who has to know is told.
   * @returns SES's id of it. @throws where it is not: whoever handed the mail over keeps it.
   */
  take(arrival: Arrival): Promise<string>;
  close(): void;
}

/** How it is made. */
export interface ReceiverOptions {
  /** Where S3 and SNS are. */
  readonly endpoint: string;
  /** The time in ms. */
  readonly now: () => number;
}

/** How long either service may take, in ms: less than a client waits for its 250. */
const requestTimeout = 60_000;

/** A receiver on S3 and SNS. */
export function createReceiver({ endpoint, now }: ReceiverOptions): Receiver {
  const options = { endpoint, region, credentials, requestHandler: { requestTimeout } };
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const sns = new SNSClient(options);
  return {
    async take(arrival) {
      const at = now();
      const id = randomBytes(20).toString("hex");
      const Body = Buffer.concat([trace(arrival, id, at), arrival.raw]);
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${receivedPrefix}${id}`, Body }));
      const stored = { id, bucket, prefix: receivedPrefix, topicArn: inboundTopicArn, at };
      const Message = JSON.stringify(notification({ ...arrival, raw: Body }, stored));
      await sns.send(new PublishCommand({ TopicArn: inboundTopicArn, Message }));
      return id;
    },
    close() {
      s3.destroy();
      sns.destroy();
    },
  };
}

/** What whoever takes a mail at last writes on top of it (RFC 5321 §4.4). */
function trace({ envelope_from, client }: Arrival, id: string, at: number): Buffer {
  const clean = (text: string) => text.replace(/[^\x21-\x7e]+/g, "?");
  const lines = [
    `Return-Path: <${envelope_from}>`,
    `Received: from ${clean(client.name)} ([${clean(client.address)}])`,
    ` by inbound-smtp.${region}.amazonaws.com with SMTP id ${id};`,
    ` ${new Date(at).toUTCString().replace("GMT", "+0000")}`,
  ];
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(""));
}
