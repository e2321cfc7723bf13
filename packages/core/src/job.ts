/** A message of a queue, as a function gets it. */
export interface Job {
  /** The queue's id of the message. */
  readonly id: string;
  /** The FIFO queue's message group, `server#slot`; null on standard queues. */
  readonly group: string | null;
  readonly body: unknown;
}

/** The ids of messages that are to be delivered again. */
export interface Failed {
  readonly failed: string[];
}
