import "./link";

/** A queue, and what becomes of what its reader cannot take. */
interface Spec {
  readonly fifo?: true;
  /** Seconds its reader has for a batch: its function's time-out, whose six-fold is the visibility. */
  readonly timeout: number;
  /** How often a message is given to its reader. */
  readonly retry: number;
}

/** How long dead letters wait for somebody to look: as long as SQS keeps any message, in seconds. */
const fortnight = 14 * 86_400;

function make(name: string, { fifo, timeout, retry }: Spec) {
  const kept = { messageRetentionSeconds: fortnight, sqsManagedSseEnabled: true };
  const dead = new sst.aws.Queue(`${name}Dead`, { ...(fifo && { fifo }), transform: { queue: kept } });
  const queue = new sst.aws.Queue(name, {
    ...(fifo && { fifo }),
    // 6 × the time-out, as AWS asks: a batch that was throttled is not shown to another reader meanwhile
    visibilityTimeout: `${timeout * 6} seconds`,
    dlq: { queue: dead.arn, retry },
    transform: { queue: { sqsManagedSseEnabled: true, messageRetentionSeconds: 4 * 86_400 } },
  });
  return { name, queue, dead, timeout };
}

/** A queue with its dead letters. */
export type Made = ReturnType<typeof make>;

/** Transactional platform mail. */
export const dispatch = make("DispatchQueue", { timeout: 60, retry: 5 });
/** Mass platform mail. */
export const mass = make("MassQueue", { timeout: 60, retry: 5 });
/** Mail over external servers: groups are `server#slot`. */
export const external = make("ExternalQueue", { fifo: true, timeout: 60, retry: 5 });
/** What SES tells of mail that was sent: a store that is down for an hour loses none of it. */
export const feedback = make("FeedbackQueue", { timeout: 60, retry: 100 });
/** Mail that SES received. */
export const inbound = make("InboundQueue", { timeout: 120, retry: 10 });
/** What webhooks are to be told. */
export const webhook = make("WebhookQueue", { timeout: 90, retry: 5 });
/** Mailboxes elsewhere that are to be looked into. */
export const incoming = make("IncomingQueue", { timeout: 150, retry: 5 });
/** What databases need at SES. */
export const provision = make("ProvisionQueue", { timeout: 120, retry: 20 });

/** All of them. */
export const all = [dispatch, mass, external, feedback, inbound, webhook, incoming, provision];
/** What code knows them by: those that it sends to, and those of SES's topics, which the doctor looks at. */
export const links = all.map(({ queue }) => queue);
