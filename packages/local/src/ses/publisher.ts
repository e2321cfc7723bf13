import { PublishBatchCommand, SNSClient } from "@aws-sdk/client-sns";
import type { Outbox, PendingEvent } from "./outbox.ts";
import type { Switches } from "./switches.ts";

/** SNS takes ten messages and 256 KiB a call. */
const BATCH = 10;
const BATCH_BYTES = 250 * 1024;
const POLL_MS = 200;
const RETRY_MS = 1000;
const SUBJECT = "Amazon SES Email Event Notification";

/** Publishes pending events to their SNS topics, oldest first, until each was taken. */
export interface Publisher {
  /** Looks for events that are due; returns at once. */
  wake(): void;
  /** Stops; the call under way is waited for, what is pending stays on disk. */
  close(): Promise<void>;
}

interface Options {
  outbox: Outbox;
  switches: Switches;
  now: () => number;
  snsEndpoint: string;
  region: string;
}

/** A publisher that has begun with what a former process left. */
export function createPublisher({ outbox, switches, now, snsEndpoint, region }: Options): Publisher {
  const client = createClient(snsEndpoint, region);
  let closed = false;
  let woken = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  const idle = () => closed || switches.holdEvents;

  async function drain(topic: string): Promise<boolean> {
    for (;;) {
      const events = idle() ? [] : fit(outbox.due(topic, now(), BATCH));
      if (events.length === 0) return true;
      const taken = await publish(client, topic, events);
      await outbox.remove(taken);
      if (taken.length < events.length) return false;
    }
  }

  async function run(): Promise<void> {
    woken = false;
    const done = await Promise.all(idle() ? [] : outbox.topics(now()).map(drain));
    running = undefined;
    if (woken) wake();
    else if (!idle() && outbox.count() > 0) schedule(done.includes(false) ? RETRY_MS : POLL_MS);
  }

  // The disk failed: nothing is lost, what was published but not removed goes out twice.
  function recover(): void {
    running = undefined;
    if (!closed) schedule(RETRY_MS);
  }

  function schedule(delay: number): void {
    clearTimeout(timer);
    timer = setTimeout(wake, delay);
  }

  function wake(): void {
    woken = true;
    // One tick later, so that what is accepted together is published together.
    if (!closed && !running) running = new Promise((resolve) => setImmediate(resolve)).then(run).catch(recover);
  }

  wake();
  return {
    wake,
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await running;
      client.destroy();
    },
  };
}

function createClient(endpoint: string, region: string): SNSClient {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  return new SNSClient({ endpoint, region, credentials, maxAttempts: 1, requestHandler: { requestTimeout: 10_000 } });
}

function fit(events: PendingEvent[]): PendingEvent[] {
  let bytes = 0;
  return events.filter((event, index) => {
    bytes += Buffer.byteLength(event.body);
    return index === 0 || bytes <= BATCH_BYTES;
  });
}

/** The events SNS took. A failed call takes none: the cause is on the other side, and the events stay. */
async function publish(client: SNSClient, topic: string, events: PendingEvent[]): Promise<PendingEvent[]> {
  const entries = events.map(({ seq, body }) => ({ Id: String(seq), Message: body, Subject: SUBJECT }));
  const command = new PublishBatchCommand({ TopicArn: topic, PublishBatchRequestEntries: entries });
  const answer = await client.send(command).catch(() => undefined);
  const taken = new Set(answer?.Successful?.map(({ Id }) => Id));
  return events.filter(({ seq }) => taken.has(String(seq)));
}
