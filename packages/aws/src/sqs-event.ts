import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import * as Origin from "./origin.ts";

/** A message of a queue, as core's batch functions take it. */
export interface Job {
  /** SQS messageId. */
  readonly id: string;
  /** MessageGroupId of a FIFO queue: order and concurrency. Null on standard queues. */
  readonly group: string | null;
  /** The JSON that was sent; of a queue of plain text too, what is none as a string. */
  readonly body: unknown;
}

/** Works on a batch. @returns the ids of those that are to come again. */
export type Work = (jobs: Job[]) => Promise<{ failed: string[] }>;

/**
 * A Lambda handler for an SQS event source with ReportBatchItemFailures: what failed comes again and ends in the
 * dead-letter queue, what is no JSON likewise; if `work` throws, the whole batch does.
 * @param text hands over as a string what is no JSON: SES says something in plain words to a topic of its own, and
 *   whether a text is that is for `work` to know.
 *
 * Not Powertools' batch processor: it calls a function for each record, and dispatch has to see the whole batch to
 * send all mail of one server over one connection.
 */
export function consume(work: Work, { text = false } = {}): (event: SQSEvent) => Promise<SQSBatchResponse> {
  return async ({ Records }) => {
    Origin.begin();
    const read = Records.map((record) => ({ id: record.messageId, job: job(record, text) }));
    const jobs = read.flatMap(({ job }) => job ?? []);
    const { failed } = jobs.length > 0 ? await work(jobs) : { failed: [] };
    const unreadable = read.filter(({ job }) => job === undefined).map(({ id }) => id);
    return { batchItemFailures: [...unreadable, ...failed].map(failure) };
  };
}

/** The feedback queue needs no other reading: its SNS subscription delivers raw, the body is the SES event itself. */
function job({ messageId, body, attributes, eventSourceARN }: SQSRecord, text: boolean): Job | undefined {
  // A standard queue has groups too, for fair shares: they order nothing
  const group = eventSourceARN.endsWith(".fifo") ? (attributes.MessageGroupId ?? null) : null;
  try {
    const parsed: unknown = JSON.parse(body);
    Origin.note(parsed, attributes.AWSTraceHeader);
    return { id: messageId, group, body: parsed };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return text ? { id: messageId, group, body } : undefined;
  }
}

const failure = (itemIdentifier: string): SQSBatchItemFailure => ({ itemIdentifier });
