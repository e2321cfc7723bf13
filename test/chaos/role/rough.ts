import type { PollerOptions } from "@posthouse/local/poller";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type { State } from "./state.ts";

type Handler = PollerOptions["handler"];

/** Deliveries of one message that may be made to fail: a third failure more and redrive would come near. */
const patience = 2;
const longestDelay_ms = 1_500;

/**
 * Deliveries as SQS may make them: late, out of order (standard queues), to two readers at the same time, and again
 * after they were worked on. `handler` never learns it.
 */
export const rough =
  (handler: Handler, state: State): Handler =>
  async (event) => {
    if (state.strikes()) await state.clock.sleep(state.random.below(longestDelay_ms));
    const given = shuffled(event, state);
    if (state.strikes()) await handler(given).catch(() => undefined);
    return again(await handler(given), given, state);
  };

function shuffled({ Records }: SQSEvent, state: State): SQSEvent {
  if (state.weather.faults === 0 || Records.some(({ eventSourceARN }) => eventSourceARN.endsWith(".fifo")))
    return { Records };
  const keyed = Records.map((record) => ({ record, key: state.random.below(1_000_000) }));
  return { Records: keyed.sort((a, b) => a.key - b.key).map(({ record }) => record) };
}

/** What was done is delivered once more: reported as failed. */
function again(response: SQSBatchResponse, { Records }: SQSEvent, state: State): SQSBatchResponse {
  const few = ({ attributes }: SQSRecord): boolean => Number(attributes.ApproximateReceiveCount) <= patience;
  const chosen = Records.filter((record) => few(record) && state.strikes());
  const known = new Set(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  const more = chosen.filter(({ messageId }) => !known.has(messageId));
  return {
    batchItemFailures: [...response.batchItemFailures, ...more.map(({ messageId }) => ({ itemIdentifier: messageId }))],
  };
}
