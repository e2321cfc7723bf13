import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type Fauxqs, region, type StoredMessage } from "./fauxqs.ts";
import { credentials, type Queue, queues, queueUrl } from "./resources.ts";

/** A message of a queue as core's batch functions take it. */
export interface Job {
  readonly id: string;
  readonly group: string | null;
  readonly body: unknown;
}

/** Looks into the queues and takes messages off them, for tests that play the event-source mapping themselves. */
export interface Jobs {
  /** All that is there, waiting, delayed or in hand, without touching it. */
  peek(queue: Queue): Job[];
  /** Receives and deletes up to `most` messages that can be received now. @default all of them */
  take(queue: Queue, most?: number): Promise<Job[]>;
  close(): void;
}

/** The helper for one set of queues. */
export function createJobs(fauxqs: Fauxqs): Jobs {
  const client = new SQSClient({ endpoint: fauxqs.url, region, credentials, useQueueUrlAsEndpoint: false });
  return {
    peek(queue) {
      const { ready, delayed, inflight } = fauxqs.sqs.getQueueByName(queues[queue].name)?.inspectMessages() ?? nothing;
      return [...ready, ...delayed, ...inflight.map(({ message }) => message)].map(stored);
    },
    async take(queue, most = Number.POSITIVE_INFINITY) {
      const taken: Job[] = [];
      while (taken.length < most && isReady(fauxqs, queue)) {
        const batch = await receive(client, queueUrl(fauxqs, queue), Math.min(10, most - taken.length));
        if (batch.length === 0) break;
        taken.push(...batch.map(received));
      }
      return taken;
    },
    close: () => client.destroy(),
  };
}

/** Whether a message may be there to be received: to ask for none takes as long as to receive one. */
function isReady({ sqs }: Fauxqs, queue: Queue): boolean {
  const stored = sqs.getQueueByName(queues[queue].name);
  stored?.processTimers();
  return (stored?.inspectMessages() ?? nothing).ready.length > 0;
}

const nothing = { ready: [], delayed: [], inflight: [] };

async function receive(client: SQSClient, QueueUrl: string, MaxNumberOfMessages: number): Promise<Message[]> {
  const MessageSystemAttributeNames = ["MessageGroupId" as const];
  const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages, MessageSystemAttributeNames });
  const { Messages = [] } = await client.send(command);
  const Entries = Messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
  if (Entries.length > 0) await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  return Messages;
}

const received = ({ MessageId = "", Body = "null", Attributes }: Message): Job => ({
  id: MessageId,
  group: Attributes?.MessageGroupId ?? null,
  body: JSON.parse(Body),
});

const stored = ({ messageId, body, messageGroupId }: StoredMessage): Job => ({
  id: messageId,
  group: messageGroupId ?? null,
  body: JSON.parse(body),
});
