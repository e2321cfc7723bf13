/** The queues, by what reads them. */
export type QueueName = "dispatch" | "mass" | "external" | "provision" | "webhook" | "incoming";

/** A message to a queue. */
export interface Message {
  /** What the reader gets, as JSON. */
  readonly body: Record<string, unknown>;
  /** Fair share (standard queues: the database) or order and concurrency (FIFO queues: `server#slot`). */
  readonly group: string;
  /** FIFO queues only: a message with the same id within five minutes is taken once. */
  readonly deduplication?: string;
  /** Seconds until it can be received, 0 to 900; standard queues only. */
  readonly delay?: number;
}

export interface Queue {
  /** Sends in tens; resolves when the queue has them all, throws when it has not taken some. */
  send(queue: QueueName, messages: readonly Message[]): Promise<void>;
  /** About how many messages it has: visible, in flight and delayed. */
  depth(queue: QueueName): Promise<number>;
}
