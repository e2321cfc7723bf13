import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { Log } from "@posthouse/core/ports/log";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { record } from "./sqs-record.ts";

/** How a queue is read. */
export interface PollerOptions {
  readonly client: SQSClient;
  readonly url: string;
  /** The function, as Lambda calls it. */
  readonly handler: (event: SQSEvent) => Promise<SQSBatchResponse>;
  /** Batches in work at a time. */
  readonly concurrency: number;
  /** Messages a batch, 1 to 10. @default 10 */
  readonly batch?: number;
  /** Seconds until a failed message comes again. In the cloud it waits for its visibility to run out. @default 5 */
  readonly retry_s?: number;
  readonly log: Log;
}

/** A running event-source mapping. */
export interface Poller {
  /** Takes no further message, and waits for the batches in work. */
  stop(): Promise<void>;
}

/** So long one receive waits for a message: the longest SQS allows, so that an idle queue costs nothing. */
const longPoll_s = 20;

/**
 * Lambda's event-source mapping for SQS with ReportBatchItemFailures: batches go to the function, what it does not
 * report is deleted, what it reports (everything, when it throws) comes again, until the queue's redrive policy
 * moves it to the dead-letter queue. On a FIFO queue a failed message holds its group back meanwhile.
 */
export function startPoller(options: PollerOptions): Poller {
  const stopping = new AbortController();
  const working = new Set<Promise<void>>();
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (working.size >= options.concurrency) await Promise.race(working);
      const messages = await receive(options, stopping.signal);
      if (messages.length === 0) continue;
      const work: Promise<void> = handle(options, messages).finally(() => working.delete(work));
      working.add(work);
    }
    await Promise.all(working);
  };
  const done = loop();
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

async function receive({ client, url, batch = 10, log }: PollerOptions, abortSignal: AbortSignal): Promise<Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: url,
    MaxNumberOfMessages: batch,
    WaitTimeSeconds: longPoll_s,
    MessageSystemAttributeNames: ["All"],
  });
  try {
    return (await client.send(command, { abortSignal })).Messages ?? [];
  } catch (error) {
    if (abortSignal.aborted) return [];
    log.error("a queue could not be read", { operation: "receive", error });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    return [];
  }
}

/** Never throws: what could not be deleted comes again when its visibility ends, as with any lost answer. */
async function handle(options: PollerOptions, messages: Message[]): Promise<void> {
  try {
    const failed = await call(options, messages);
    await remove(
      options,
      messages.filter(({ MessageId = "" }) => !failed.has(MessageId)),
    );
    await showAgain(
      options,
      messages.filter(({ MessageId = "" }) => failed.has(MessageId)),
    );
  } catch (error) {
    options.log.error("a batch could not be settled", { operation: "settle", count: messages.length, error });
  }
}

/** Calls the function. @returns the ids of what failed: those reported, or all if it threw or reported nonsense. */
async function call({ handler, url, log }: PollerOptions, messages: Message[]): Promise<Set<string>> {
  const all = new Set(messages.map(({ MessageId = "" }) => MessageId));
  try {
    const { batchItemFailures } = await handler({ Records: messages.map((message) => record(message, url)) });
    const failed = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    return failed.every((id) => all.has(id)) ? new Set(failed) : all;
  } catch (error) {
    log.error("a function failed on its batch", { operation: "consume", count: messages.length, error });
    return all;
  }
}

async function remove({ client, url: QueueUrl }: PollerOptions, messages: Message[]): Promise<void> {
  const Entries = messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
  if (Entries.length > 0) await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
}

async function showAgain({ client, url: QueueUrl, retry_s = 5 }: PollerOptions, messages: Message[]): Promise<void> {
  const Entries = messages.map(({ ReceiptHandle }, n) => ({
    Id: String(n),
    ReceiptHandle,
    VisibilityTimeout: retry_s,
  }));
  if (Entries.length > 0) await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
}
