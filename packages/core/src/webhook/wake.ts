import type { Ports } from "../ports/main.ts";
import { fromItem, idAt, keyOf } from "./delivery.ts";
import type { Endpoint } from "./health.ts";
import * as Message from "./message.ts";

/** Deliveries looked at, and those enqueued, at most. */
const most = { read: 4_000, woken: 1_000 };
const pageSize = 100;
/** Seconds from one page's deliveries to the next: an endpoint that is just back is not run over. */
const apart = 5;

/** What happened so long before the first failure, in ms, may have been its turn after it. */
const before = 600_000;

/**
 * Enqueues what waits for an endpoint that was silent and has answered: it need not wait for its next look. What is not
 * reached has that look; a failure here costs time alone.
 */
export async function wake(
  { store, queue, clock, log }: Pick<Ports, "store" | "queue" | "clock" | "log">,
  { database: owner, id, failing_since }: Endpoint,
): Promise<void> {
  const { pk } = keyOf({ owner, endpoint: id, id: idAt(0) });
  let above: string = idAt((Date.parse(failing_since ?? "") || clock.now()) - before);
  try {
    for (let read = 0, woken = 0, page = 0; read < most.read && woken < most.woken; page++) {
      const { items, cursor } = await store.query({ pk, above, limit: pageSize });
      const waiting = items.map(fromItem).filter(({ status }) => status === "pending");
      await queue.send(
        "webhook",
        waiting.map((each) => Message.ofDelivery(each, page * apart, each.next_attempt_at ?? undefined)),
      );
      if (cursor === undefined) return;
      read += items.length;
      woken += waiting.length;
      above = items.at(-1)?.sk ?? above;
    }
  } catch (error) {
    log.warn("deliveries that waited were not enqueued, the tick will", { operation: "webhook", code: id, error });
  }
}
