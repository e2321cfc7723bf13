import type { Message } from "@aws-sdk/client-sqs";
import type { SQSRecord, SQSRecordAttributes } from "aws-lambda";
import { account, region } from "./fauxqs.ts";

/** A received message as Lambda hands it to a function. @param url of its queue */
export function record(message: Message, url: string): SQSRecord {
  return {
    messageId: message.MessageId ?? "",
    receiptHandle: message.ReceiptHandle ?? "",
    body: message.Body ?? "",
    attributes: { ...message.Attributes } as unknown as SQSRecordAttributes,
    messageAttributes: {},
    md5OfBody: message.MD5OfBody ?? "",
    eventSource: "aws:sqs",
    eventSourceARN: `arn:aws:sqs:${region}:${account}:${url.slice(url.lastIndexOf("/") + 1)}`,
    awsRegion: region,
  };
}
