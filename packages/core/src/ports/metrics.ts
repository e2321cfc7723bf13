/** What is counted beside the log. None has a database, an address or an id: a metric costs by how many there are. */
export type CountName =
  /** Emails accepted, by API, followers, automatic answers and batches alike. */
  | "accepted"
  /** Requests refused by a daily limit (R-LIM-3). */
  | "limit_refused"
  /** Recipients handed over, and known to have failed; of both as the database's own statistics count them. */
  | "sent"
  | "failed"
  /** Recipients that bounced or complained. */
  | "bounced"
  | "complained"
  /** Emails put off to a later try, and emails held at a limit. */
  | "deferred"
  | "held"
  /** Mails that came in and were kept. */
  | "received"
  /** Deliveries to webhooks that ended well, and those given up. */
  | "webhook_delivered"
  | "webhook_failed";

/** What is measured, in ms. */
export type TimeName =
  /** From when an email may be sent (accepted, released, due) to the claim before its hand-over, at its first try. */
  "queue_wait_ms";

/**
 * The metrics port: counts and times of one invocation, which whoever runs it adds up and writes at its end. A figure to
 * watch by, and no truth: a process that dies takes its own with it, and what is done twice may count twice.
 */
export interface Metrics {
  count(name: CountName, n?: number): void;
  time(name: TimeName, ms: number): void;
}
