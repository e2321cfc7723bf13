import {
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { Message, Queue, QueueName } from "@posthouse/core/ports/queue";

/** The URLs of the queues; one that ends in `.fifo` is a FIFO queue. */
export type QueueUrls = Readonly<Record<QueueName, string>>;

/** What a queue has, as SQS counts it: about. */
const counts = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesNotVisible",
  "ApproximateNumberOfMessagesDelayed",
] as const;
/** A batch holds so many messages. */
const most = 10;
/** A batch, and a message, holds so many bytes: 1 MiB. */
const largest = 1_048_576;

/**
 * The queue port on SQS. Batches are sent one after another, so that messages of one group keep their order.
 *
 * A repeated send after a lost answer puts a message twice on a standard queue; readers claim before they act, so
 * the second finds nothing to do.
 * @param trace X-Ray's header of the invocation that sends, where it is traced: what reads the message is linked to it.
 */
export function createQueue(client: SQSClient, urls: QueueUrls, trace: () => string | undefined = untraced): Queue {
  return {
    async send(queue, messages) {
      const QueueUrl = urls[queue];
      const header = trace();
      const entries = messages.map((message, n) => entry(message, n, QueueUrl.endsWith(".fifo"), header));
      for (const Entries of batches(entries)) {
        const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
        if (Failed.length > 0) throw new Error(refusal(queue, Failed.length, Failed[0]?.Code, Failed[0]?.Message));
      }
    },
    async depth(queue) {
      const command = new GetQueueAttributesCommand({ QueueUrl: urls[queue], AttributeNames: [...counts] });
      const { Attributes = {} } = await client.send(command);
      return counts.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
    },
  };
}

/**
 * One message as SQS takes it. On a standard queue MessageGroupId is the share of a fair queue: the database.
 * @throws RangeError for what SQS would refuse in a message of its own words, or the embedded queue would swallow.
 */
export function entry(message: Message, n: number, fifo: boolean, trace?: string): SendMessageBatchRequestEntry {
  const { body, group, deduplication, delay } = message;
  const MessageBody = JSON.stringify(body);
  if (Buffer.byteLength(MessageBody) > largest) throw new RangeError("A message to a queue may have 1 MiB at most.");
  if (fifo && deduplication === undefined) throw new RangeError("A message to a FIFO queue needs a deduplication id.");
  if (fifo && delay) throw new RangeError("A message to a FIFO queue can not be delayed.");
  if (delay !== undefined && !(delay >= 0 && delay <= 900)) throw new RangeError("A delay is 0 to 900 seconds.");
  return {
    Id: String(n),
    MessageBody,
    MessageGroupId: group,
    ...(fifo && { MessageDeduplicationId: deduplication }),
    ...(delay !== undefined && !fifo && { DelaySeconds: Math.ceil(delay) }),
    ...(trace !== undefined && {
      MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: trace } },
    }),
  };
}

const untraced = (): undefined => undefined;

/** In tens, and so that no batch is over 1 MiB. */
export function batches(entries: readonly SendMessageBatchRequestEntry[]): SendMessageBatchRequestEntry[][] {
  const all: SendMessageBatchRequestEntry[][] = [];
  let room = 0;
  for (const next of entries) {
    const size = Buffer.byteLength(next.MessageBody ?? "");
    const batch = all.at(-1);
    if (batch && batch.length < most && size <= room) batch.push(next);
    else all.push([next]);
    room = (batch === all.at(-1) ? room : largest) - size;
  }
  return all;
}

const refusal = (queue: string, count: number, code = "unknown", message = ""): string =>
  `The queue ${queue} did not take ${count} of the messages: ${code} ${message}`.trim();
