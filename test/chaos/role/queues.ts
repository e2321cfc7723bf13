import { join } from "node:path";
import { type Fauxqs, startFauxqs } from "@posthouse/local/fauxqs";
import { advanceQueues } from "@posthouse/local/queue-clock";
import { createResources, deadLetters, queues } from "@posthouse/local/resources";
import type { Start, Waiting } from "../fleet/protocol.ts";
import type { Handlers } from "./state.ts";

/**
 * What a killed reader had in hand is to come again soon; where the reader lives and is slow, that is a second delivery.
 * So much sooner than in the cloud that it comes so much more often before it is given up: only an event that can never
 * be taken in is to become a dead letter. What else becomes one is in the due index still.
 */
const visibility_s = 10;
const deliveries = 1_000;

/** SQS, SNS and S3. */
export async function startQueuesRole({ dir, ports }: Start): Promise<Handlers> {
  const fauxqs = await startFauxqs({ dir: join(dir, "queues"), port: ports.queues });
  createResources(fauxqs);
  for (const { name } of Object.values(queues))
    fauxqs.sqs.getQueueByName(name)?.setAttributes(attributes(fauxqs, name));
  return { advanced: (ms) => advanceQueues(fauxqs, ms), ask: () => waiting(fauxqs) };
}

function attributes({ sqs }: Fauxqs, name: string): Record<string, string> {
  const deadLetterTargetArn = sqs.getQueueByName(deadLetters(name))?.arn;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: deliveries });
  return { VisibilityTimeout: String(visibility_s), RedrivePolicy };
}

function waiting({ sqs }: Fauxqs): Waiting {
  const names = Object.values(queues).map(({ name }) => name);
  const count = (name: string): number => {
    const { ready, delayed, inflight } = sqs.getQueueByName(name)?.inspectMessages() ?? empty;
    return ready.length + delayed.length + inflight.length;
  };
  return {
    count: names.reduce((sum, name) => sum + count(name), 0),
    dead: names.map(deadLetters).filter((name) => count(name) > 0),
  };
}

const empty = { ready: [], delayed: [], inflight: [] };
