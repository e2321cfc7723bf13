import { account, type Fauxqs, region } from "./fauxqs.ts";

/** A queue and how its messages are handed out: seconds in the reader's hands, and how often before it is given up. */
export interface QueueSpec {
  readonly name: string;
  readonly visibility: number;
  readonly maxReceiveCount: number;
}

/**
 * The queues, as the cloud has them. Visibility may be long: what a killed process had in hand is free again at the
 * next start, and what failed is shown again early by the poller.
 */
export const queues = {
  dispatch: { name: "dispatch", visibility: 300, maxReceiveCount: 5 },
  mass: { name: "mass", visibility: 300, maxReceiveCount: 5 },
  external: { name: "external.fifo", visibility: 300, maxReceiveCount: 5 },
  feedback: { name: "feedback", visibility: 120, maxReceiveCount: 5 },
  inbound: { name: "inbound", visibility: 300, maxReceiveCount: 5 },
  webhook: { name: "webhook", visibility: 300, maxReceiveCount: 5 },
  incoming: { name: "incoming", visibility: 900, maxReceiveCount: 5 },
  provision: { name: "provision", visibility: 120, maxReceiveCount: 20 },
} as const satisfies Record<string, QueueSpec>;

/** The name a queue is known by here. */
export type Queue = keyof typeof queues;

/** The other resources' names. */
export const table = "posthouse";
export const bucket = "posthouse-bodies";
export const topic = "posthouse-events";
export const inboundTopic = "posthouse-inbound";
export const inboundTopicArn = `arn:aws:sns:${region}:${account}:${inboundTopic}`;
export const topicArn = `arn:aws:sns:${region}:${account}:${topic}`;

/** The stage, and what SES has for the installation itself: its configuration set and tenant. */
export const stage = "embedded";
export const own = `posthouse-${stage}`;

/** Credentials the embedded services take; they check none. */
export const credentials = { accessKeyId: "embedded", secretAccessKey: "embedded" };

/** The dead-letter queue of a queue; a FIFO queue's is FIFO. */
export const deadLetters = (name: string): string =>
  name.endsWith(".fifo") ? name.replace(/\.fifo$/, "-dead.fifo") : `${name}-dead`;

/** Where a queue is spoken to. */
export const queueUrl = (fauxqs: Pick<Fauxqs, "url">, queue: Queue): string =>
  `${fauxqs.url}/${account}/${queues[queue].name}`;

const queueArn = (name: string): string => `arn:aws:sqs:${region}:${account}:${name}`;

/** Makes queues with their dead-letter queues, topic, subscription and bucket; what is there is kept and updated. */
export function createResources(fauxqs: Fauxqs): void {
  for (const { name, visibility, maxReceiveCount } of Object.values<QueueSpec>(queues)) {
    const deadLetterTargetArn = queueArn(deadLetters(name));
    createQueue(fauxqs, deadLetters(name), {});
    createQueue(fauxqs, name, {
      VisibilityTimeout: String(visibility),
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }),
    });
  }
  fauxqs.sns.createTopic(topic, undefined, undefined, region);
  fauxqs.sns.subscribe(topicArn, "sqs", queueArn(queues.feedback.name), { RawMessageDelivery: "true" });
  fauxqs.sns.createTopic(inboundTopic, undefined, undefined, region);
  fauxqs.sns.subscribe(inboundTopicArn, "sqs", queueArn(queues.inbound.name), { RawMessageDelivery: "true" });
  if (!fauxqs.s3.hasBucket(bucket)) fauxqs.s3.createBucket(bucket);
}

function createQueue({ sqs, url }: Fauxqs, name: string, attributes: Record<string, string>): void {
  const known = sqs.getQueueByName(name);
  // To create it again would replace its row, and with it every message in it.
  if (known) known.setAttributes(attributes);
  else sqs.createQueue(name, `${url}/${account}/${name}`, queueArn(name), { ...fifo(name), ...attributes });
}

const fifo = (name: string): Record<string, string> => (name.endsWith(".fifo") ? { FifoQueue: "true" } : {});
