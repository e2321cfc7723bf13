import type { Fauxqs } from "./fauxqs.ts";

/**
 * Lets delayed messages become due `ms` earlier: the queues run on real time, and the machine's clock is moved on.
 * Visibility stays: whoever has a message in hand really is still at it.
 */
export function advanceQueues({ sqs }: Fauxqs, ms: number): void {
  for (const queue of sqs.allQueues()) {
    for (const message of queue.inspectMessages().delayed) if (message.delayUntil) message.delayUntil -= ms;
    queue.processTimers();
  }
}
