import { untilWritten } from "../dispatch/write.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed } from "../ports/store.ts";
import type { Context } from "./context.ts";
import { type DeliveryRecord, fromItem, held, isLastChance, isOver, keyOf, untouched } from "./delivery.ts";
import type { Claimed } from "./fan-out.ts";
import * as Health from "./health.ts";
import * as Lane from "./lane.ts";
import type { Due } from "./message.ts";
import * as Outcome from "./outcome.ts";
import { post, timeout } from "./post.ts";
import { waitAfter } from "./schedule.ts";

/** A message may come so much before its time, in ms: clocks differ. */
const early = 2_000;
/** How long a process by itself leaves an endpoint alone, in ms: what was changed elsewhere is seen by then. */
const ownRest = 60_000;
/** How long what could not be signed is put off, in ms, and as long again at most. */
const unsigned = 30_000;

/**
 * Takes a delivery that is due into hand.
 * @returns undefined where there is nothing to do: it is done, somebody has it in hand, its time has not come, or is over.
 */
export async function take(ports: Ports, context: Context, job: Due): Promise<Claimed | undefined> {
  const item = await ports.store.get(keyOf(job), { consistent: true });
  const found = item && fromItem(item);
  const now = ports.clock.now();
  if (!item || found?.status !== "pending" || !isDue(found, job, now)) return undefined;
  const endpoint = await context.endpoint(found.owner, found.endpoint);
  if (!endpoint) {
    // With the webhook went whoever could look at it
    await ports.store.write({ delete: { pk: item.pk, sk: item.sk } });
    return undefined;
  }
  const wait = waitOf(ports, endpoint, found);
  if (endpoint.status === "disabled") await Outcome.drop(ports, found);
  else if (isOver(found, now)) await Outcome.expire(ports, endpoint, found);
  else if (wait !== undefined) await Outcome.moveOn(ports, found, wait);
  else {
    const delivery = await claim(ports, found);
    return delivery && { delivery, endpoint };
  }
  return undefined;
}

const isDue = ({ lease_until = 0, next_attempt_at }: DeliveryRecord, job: Due, now: number): boolean =>
  lease_until <= now && (Date.parse(next_attempt_at ?? "") <= now + early || next_attempt_at === job.early);

/** When it is to be looked at again, ms, though it is due: whoever had it has died, or its endpoint rests. */
function waitOf(ports: Ports, endpoint: Health.Endpoint, found: DeliveryRecord): number | undefined {
  const now = ports.clock.now();
  const { lease_until, tries } = found;
  // As after any other failed attempt
  const next = lease_until === undefined ? 0 : lease_until + (waitAfter(tries, 0.5) ?? 0);
  if (next > now + early) return Math.ceil(next);
  const rest = Health.restOf(endpoint);
  return rest > now && !isLastChance(found, now) ? Outcome.restUntil(ports, found, rest) : undefined;
}

async function claim(ports: Ports, found: DeliveryRecord): Promise<Outcome.InHand | undefined> {
  const now = ports.clock.now();
  const mine = { ...held(found.id, now), tries: found.tries + 1 };
  try {
    await untilWritten(ports, () => ports.store.write({ update: keyOf(found), set: mine, ...untouched(found, now) }));
    return { ...found, ...mine };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return undefined;
  }
}

/** Tells an endpoint, once it is its turn there; or puts it off while the endpoint is silent, or has too much to do. */
export async function deliver(ports: Ports, context: Context, { delivery, endpoint }: Claimed): Promise<void> {
  const secrets = await opened(ports, context, endpoint);
  if (!secrets) return Outcome.putOff(ports, delivery, ports.clock.now() + unsigned);
  const isLast = isLastChance({ ...delivery, tries: delivery.tries - 1 }, ports.clock.now());
  const admitted = isLast ? endpoint : await Health.admit(ports, endpoint);
  if (typeof admitted === "number") return Outcome.rest(ports, delivery, admitted);
  const message = { id: delivery.event, body: delivery.body };
  const way = `${endpoint.id} ${endpoint.endpoint}`;
  // Later somebody else may take it before it is done
  const latest = delivery.lease_until - timeout;
  const passed = await Lane.within(ports, way, latest, async () => {
    const result = await post(ports, endpoint.endpoint, message, secrets);
    const now = ports.clock.now();
    return { result, rest_until: result.silent ? Math.min(Health.nextRest(admitted, now), now + ownRest) : 0 };
  });
  if ("result" in passed) await Outcome.settle(ports, admitted, delivery, passed.result);
  else if (passed.rests && !isLast) await Outcome.rest(ports, delivery, passed.until);
  else await Outcome.putOff(ports, delivery, passed.until);
}

/** What cannot be signed is not sent: our own failure, which says nothing of the endpoint. */
async function opened(ports: Ports, context: Context, endpoint: Health.Endpoint): Promise<string[] | undefined> {
  try {
    return await context.secrets(endpoint);
  } catch (error) {
    ports.log.error("the secret of a webhook was not opened", { operation: "webhook", code: endpoint.id, error });
    return undefined;
  }
}
