import { randomBytes } from "node:crypto";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { receivedPrefix } from "@posthouse/core/inbound/object";
import type { MailAuth } from "@posthouse/core/ports/mail-auth";
import { region } from "../fauxqs.ts";
import { bucket, credentials, inboundTopicArn } from "../resources.ts";
import type { Control } from "../ses/control.ts";
import { type Arrival, notification } from "./notification.ts";
import { trace } from "./trace.ts";
import { force, unchecked, verdicts } from "./verdict.ts";

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
  /** Checks who vouches for a mail. @default nobody looks: every verdict is `GRAY` */
  readonly mailAuth?: MailAuth;
  /** The account that it belongs to: decides verdicts, and can answer what came in. */
  readonly control?: Pick<Control, "verdicts" | "received">;
}

/** How long either service may take, in ms: less than a client waits for its 250. */
const requestTimeout = 60_000;

/** A receiver on S3 and SNS. */
export function createReceiver({ endpoint, now, mailAuth, control }: ReceiverOptions): Receiver {
  const options = { endpoint, region, credentials, requestHandler: { requestTimeout } };
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const sns = new SNSClient(options);
  return {
    async take(arrival) {
      const at = now();
      const id = randomBytes(20).toString("hex");
      const forced = control?.verdicts() ?? {};
      const authentication = force((await check(mailAuth, arrival)) ?? unchecked, forced, arrival);
      const taken = { id, at, authentication, verdicts: verdicts(authentication, forced) };
      const Body = Buffer.concat([trace(arrival, taken), arrival.raw]);
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${receivedPrefix}${id}`, Body }));
      control?.received({ id, envelope_from: arrival.envelope_from, recipients: [...arrival.recipients] }, arrival.raw);
      const stored = { ...taken, bucket, prefix: receivedPrefix, topicArn: inboundTopicArn };
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

const check = async (mailAuth: MailAuth | undefined, { raw, client, envelope_from }: Arrival) =>
  mailAuth?.verify(raw, { ip: client.address, helo: client.name, envelope_from: envelope_from || null });
