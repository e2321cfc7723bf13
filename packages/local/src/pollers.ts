import { SQSClient } from "@aws-sdk/client-sqs";
import type { Log } from "@posthouse/core/ports/log";
import { type Fauxqs, region } from "./fauxqs.ts";
import { type PollerOptions, startPoller } from "./poller.ts";
import { credentials, type Queue, queueUrl } from "./resources.ts";

/** The functions that read queues. */
export interface Consumers {
  readonly dispatch: PollerOptions["handler"];
  readonly feedback: PollerOptions["handler"];
  readonly provision: PollerOptions["handler"];
  readonly inbound: PollerOptions["handler"];
  readonly deliver: PollerOptions["handler"];
  readonly incoming: PollerOptions["handler"];
}

/** Which function reads a queue, and how many batches of it at a time. */
export const mappings: readonly { queue: Queue; consumer: keyof Consumers; concurrency: number }[] = [
  { queue: "dispatch", consumer: "dispatch", concurrency: 4 },
  { queue: "mass", consumer: "dispatch", concurrency: 2 },
  { queue: "external", consumer: "dispatch", concurrency: 8 },
  { queue: "feedback", consumer: "feedback", concurrency: 2 },
  { queue: "inbound", consumer: "inbound", concurrency: 2 },
  { queue: "webhook", consumer: "deliver", concurrency: 8 },
  { queue: "incoming", consumer: "incoming", concurrency: 2 },
  // One at a time: SES allows about one management call a second.
  { queue: "provision", consumer: "provision", concurrency: 1 },
];

/** Starts the event-source mappings of all queues. @returns how to stop them all. */
export function startPollers(fauxqs: Fauxqs, consumers: Consumers, log: Log): () => Promise<void> {
  const client = new SQSClient({ endpoint: fauxqs.url, region, credentials, useQueueUrlAsEndpoint: false });
  const pollers = mappings.map(({ queue, consumer, concurrency }) =>
    startPoller({ client, url: queueUrl(fauxqs, queue), handler: consumers[consumer], concurrency, log }),
  );
  return async () => {
    await Promise.all(pollers.map((poller) => poller.stop()));
    client.destroy();
  };
}
