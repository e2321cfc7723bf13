import { AppError } from "../error.ts";
import type { Id } from "../id.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, StoreBusy } from "../ports/store.ts";
import { retry } from "../retry.ts";
import { type DeliveryView, failed, find, view } from "./deliveries.ts";
import { type DeliveryRecord, dueAt, fromItem, idAt, keyOf, type Ref } from "./delivery.ts";
import type { EndpointRecord } from "./endpoint.ts";
import * as Message from "./message.ts";
import { patience } from "./schedule.ts";

type Needs = Pick<Ports, "store" | "clock" | "random" | "queue" | "log" | "operator">;

/** What one call replays at most. */
const most = 100;
/** How long one is kept at least that begins anew, in seconds: as long as it is tried, and two days to see what came of it. */
const kept = patience / 1000 + 2 * 86_400;
/** Replayed at a time. */
const width = 20;

/** What a call came to. */
export interface Replayed {
  readonly count: number;
  /** More have failed: call again. */
  readonly has_more: boolean;
}

/**
 * Delivers an event to an endpoint again, whatever became of it, with the same `webhook-id`; all attempts are there anew.
 * One that is pending is tried now; one that is being tried at this moment stays as it is.
 * @throws AppError not_found; conflict where the endpoint is disabled.
 */
export async function replay(ports: Needs, endpoint: EndpointRecord, id: string): Promise<DeliveryView> {
  assertEnabled(endpoint);
  const found = await find(ports, endpoint.database, endpoint.id, id);
  const begun = await begin(ports, found, "attribute_exists(pk)");
  if (begun) await enqueue(ports, [begun]);
  return view(begun ?? found);
}

/**
 * Replays what has failed at an endpoint, oldest first, 100 a call.
 * @param since ISO 8601: only events from then on.
 * @throws AppError conflict where the endpoint is disabled.
 */
export async function replayFailed(ports: Needs, endpoint: EndpointRecord, since?: string): Promise<Replayed> {
  assertEnabled(endpoint);
  const { database: owner, id } = endpoint;
  const begun: DeliveryRecord[] = [];
  // Ids sort by the time of the event
  let last: string | undefined = since === undefined ? undefined : idAt(Date.parse(since));
  for (;;) {
    const above = last === undefined ? {} : { above: last };
    const { ids, more } = await failed(ports.store, owner, id, { ...above, limit: most - begun.length });
    last = ids.at(-1) ?? last;
    begun.push(...(await beginAll(ports, endpoint, ids)));
    if (more && begun.length < most) continue;
    await enqueue(ports, begun);
    return { count: begun.length, has_more: more };
  }
}

async function beginAll(
  ports: Needs,
  { database: owner, id: endpoint }: EndpointRecord,
  ids: readonly Id<"delivery">[],
): Promise<DeliveryRecord[]> {
  const items = await ports.store.batchGet(ids.map((id) => keyOf({ owner, endpoint, id })));
  const found = items.map(fromItem);
  const begun: DeliveryRecord[] = [];
  for (let n = 0; n < found.length; n += width) {
    const some = found.slice(n, n + width).map((each) => begin(ports, each, "#status = :failed"));
    begun.push(...(await Promise.all(some)).flatMap((each) => each ?? []));
  }
  return begun;
}

/** @returns undefined where it is being tried, or `condition` does not hold. */
async function begin(
  ports: Needs,
  found: DeliveryRecord,
  condition: "attribute_exists(pk)" | "#status = :failed",
): Promise<DeliveryRecord | undefined> {
  const now = ports.clock.now();
  const set = {
    status: "pending" as const,
    tries: 0,
    next_attempt_at: new Date(now).toISOString(),
    give_up_at: new Date(now + patience).toISOString(),
    expires_at: Math.max(found.expires_at, Math.floor(now / 1000) + kept),
    ...dueAt(found.id, now + ports.operator.waits.recovery * 1000),
  };
  const update = {
    update: keyOf(found),
    set,
    remove: ["mark_pk", "mark_sk", "lease_until"],
    if: `${condition} AND (attribute_not_exists(#lease_until) OR #lease_until <= :now)`,
    values: { now, ...(condition === "#status = :failed" && { failed: "failed" }) },
  };
  try {
    await retry(
      ports,
      (error) => error instanceof StoreBusy,
      () => ports.store.write(update),
    );
    return { ...found, ...set };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return undefined;
  }
}

/** The queue's failure is no error: they are due, and the tick enqueues them. */
async function enqueue(ports: Needs, deliveries: readonly Ref[]): Promise<void> {
  try {
    await ports.queue.send(
      "webhook",
      deliveries.map((each) => Message.ofDelivery(each)),
    );
  } catch (error) {
    ports.log.warn("replayed deliveries were not enqueued, the tick will", { operation: "webhook", error });
  }
}

function assertEnabled({ status }: EndpointRecord): void {
  if (status === "disabled")
    throw new AppError("conflict", "The webhook is disabled: enable it with PATCH, then replay.");
}
