import { untilWritten } from "../dispatch/write.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Update } from "../ports/store.ts";
import { jitter } from "../retry.ts";
import { type Attempt, type DeliveryRecord, dueAt, failedMark, keyOf, untouched } from "./delivery.ts";
import * as Health from "./health.ts";
import * as Message from "./message.ts";
import type { Posted } from "./post.ts";
import * as RetryAfter from "./retry-after.ts";
import * as Schedule from "./schedule.ts";
import { wake } from "./wake.ts";

type Needs = Pick<Ports, "store" | "clock" | "random" | "queue" | "actor" | "log" | "operator">;

/** A delivery in hand: `lease_until` says in whose. */
export type InHand = DeliveryRecord & Required<Pick<DeliveryRecord, "lease_until">>;

/** Attempts that are remembered. */
const remembered = 15;
/** The longest wait that a queue counts, in ms; a longer one is the tick's. */
const queued = 900_000;
/** How long a delivery is put off at least for which there was no place, in ms, and as long again at most. */
const moment = 5_000;

/** Writes what became of an attempt, and what follows from it for the endpoint. */
export async function settle(ports: Needs, endpoint: Health.Endpoint, before: InHand, posted: Posted): Promise<void> {
  const { silent, ours, asked = 0, ...attempt } = posted;
  const delivery = noted(before, attempt);
  if (attempt.error === null) await end(ports, delivery, "delivered");
  else if (attempt.status === 410) await end(ports, delivery, "failed");
  else await again(ports, endpoint, delivery, { silent, asked });
  if (ours) return;
  await Health.note(ports, endpoint, posted);
  if (attempt.status === 410) await Health.disable(ports, endpoint, "gone");
  else if (!silent && Health.wasSilent(endpoint)) await wake(ports, endpoint);
}

const noted = <T extends DeliveryRecord>(delivery: T, attempt: Attempt): T => ({
  ...delivery,
  attempts: [...delivery.attempts, attempt].slice(-remembered),
});

/**
 * Tries again later, at an endpoint that was silent not before its rest is over, at one that has said when not before
 * that; or gives up.
 */
async function again(
  ports: Needs,
  endpoint: Health.Endpoint,
  delivery: InHand,
  { silent, asked }: Required<Pick<Posted, "silent" | "asked">>,
): Promise<void> {
  const now = ports.clock.now();
  const wait = Schedule.waitAfter(delivery.tries, jitter(ports, 1));
  const left = Date.parse(delivery.give_up_at) - now;
  if (wait === undefined || left <= 0) return giveUp(ports, endpoint, delivery);
  const rest = silent ? Math.max(0, Health.nextRest(endpoint, now) - now) : 0;
  await later(ports, delivery, Math.max(wait, rest, RetryAfter.within(asked, left, jitter(ports, 1))));
}

/** In so many ms: a short wait is the queue's. */
async function later(ports: Needs, delivery: InHand, wait: number): Promise<void> {
  const now = ports.clock.now();
  const short = wait <= queued;
  // Should its message be lost, the tick finds it a little later
  const due = now + wait + (short ? ports.operator.waits.recovery * 1000 : 0);
  if ((await waits(ports, delivery, now + wait, due)) && short) await enqueue(ports, delivery, wait);
}

async function enqueue(ports: Needs, delivery: DeliveryRecord, wait: number): Promise<void> {
  try {
    await ports.queue.send("webhook", [Message.ofDelivery(delivery, Math.ceil(wait / 1000))]);
  } catch (error) {
    ports.log.warn("a delivery was not enqueued, the tick will", { operation: "webhook", code: delivery.id, error });
  }
}

/**
 * Leaves a delivery in hand for later without having tried: there is no place for it at its endpoint, or nothing to sign
 * it with.
 * @param until when there is one, ms
 */
export async function putOff(ports: Needs, before: InHand, until: number): Promise<void> {
  const wait = Math.max(moment, until - ports.clock.now());
  await later(ports, { ...before, tries: before.tries - 1 }, wait + jitter(ports, wait));
}

/** The same while its endpoint rests. */
export async function rest(ports: Needs, before: InHand, until: number): Promise<void> {
  const at = restUntil(ports, before, until);
  await waits(ports, { ...before, tries: before.tries - 1 }, at, at);
}

/** When a delivery is looked at again whose endpoint rests until then, in ms. */
export function restUntil(ports: Needs, { give_up_at }: Pick<DeliveryRecord, "give_up_at">, until: number): number {
  const now = ports.clock.now();
  const since = Date.parse(give_up_at) - Schedule.patience;
  return Math.ceil(now + Schedule.waitAtRest(since, until, now, jitter(ports, 1)));
}

/** Moves one that nobody has in hand: the one write that waiting costs. */
export async function moveOn(ports: Needs, found: DeliveryRecord, at: number): Promise<void> {
  const set = { next_attempt_at: new Date(at).toISOString(), ...dueAt(found.id, at) };
  const write = { update: keyOf(found), set, remove: ["lease_until"], ...untouched(found, ports.clock.now()) };
  try {
    await untilWritten(ports, () => ports.store.write(write));
  } catch (error) {
    // Somebody else has it by now
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/** Gives one up that nobody has in hand: its time is over, or its last attempt ended with the process that made it. */
export async function expire(ports: Needs, endpoint: Health.Endpoint, before: DeliveryRecord): Promise<void> {
  const at = new Date(ports.clock.now()).toISOString();
  const error = "given up: the time for its attempts is over; look at the earlier ones, then replay it";
  await giveUp(
    ports,
    endpoint,
    noted(before, { at, status: null, answer: null, ms: 0, error }),
    untouched(before, ports.clock.now()),
  );
}

/** There is nobody to tell any more: the endpoint is disabled. */
export async function drop(ports: Needs, delivery: DeliveryRecord): Promise<void> {
  const at = new Date(ports.clock.now()).toISOString();
  const error = "not sent: the webhook is disabled; enable it, then replay";
  const now = ports.clock.now();
  await end(
    ports,
    noted(delivery, { at, status: null, answer: null, ms: 0, error }),
    "failed",
    untouched(delivery, now),
  );
}

async function giveUp(
  ports: Needs,
  endpoint: Health.Endpoint,
  delivery: DeliveryRecord,
  condition?: Condition,
): Promise<void> {
  if (await end(ports, delivery, "failed", condition)) await Health.givenUp(ports, endpoint);
}

const waits = (ports: Needs, delivery: InHand, at: number, due: number): Promise<boolean> =>
  change(ports, delivery, {
    set: { next_attempt_at: new Date(at).toISOString(), ...dueAt(delivery.id, due) },
    remove: ["lease_until"],
  });

const end = (
  ports: Needs,
  delivery: DeliveryRecord,
  status: "delivered" | "failed",
  condition?: Condition,
): Promise<boolean> =>
  change(
    ports,
    delivery,
    {
      set: { status, next_attempt_at: null, ...(status === "failed" && failedMark(delivery)) },
      remove: ["lease_until", "due_pk", "due_sk", "due_n"],
    },
    condition,
  );

type Condition = Required<Pick<Update, "if" | "values">>;

const inHand = ({ lease_until }: DeliveryRecord): Condition => ({
  if: "#lease_until = :lease",
  values: { lease: lease_until },
});

/** @returns false when somebody else has it in hand by now: what became of this attempt says nothing any more. */
async function change(
  ports: Needs,
  delivery: DeliveryRecord,
  { set, remove }: Required<Pick<Update, "set" | "remove">>,
  condition: Condition = inHand(delivery),
): Promise<boolean> {
  const { tries, attempts } = delivery;
  try {
    await untilWritten(ports, () =>
      ports.store.write({
        update: keyOf(delivery),
        set: { ...set, tries, attempts },
        remove,
        ...condition,
      }),
    );
    return true;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return false;
  }
}
