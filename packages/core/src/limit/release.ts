import type { Version } from "../database/version.ts";
import { dueAt, headUpdate } from "../dispatch/hand.ts";
import * as Outcome from "../dispatch/outcome.ts";
import { enqueueAll } from "../email/enqueue.ts";
import * as Event from "../email/event.ts";
import type { Head } from "../email/head.ts";
import * as Hold from "../email/hold.ts";
import { AppError } from "../error.ts";
import * as Line from "../line/line.ts";
import * as Place from "../line/place.ts";
import type { Ports } from "../ports/main.ts";
import type { Write } from "../ports/store.ts";
import * as Counter from "./counter.ts";
import { dayOf } from "./day.ts";
import * as Expiry from "./expiry.ts";
import * as Reached from "./reached.ts";
import { reserve } from "./reserve.ts";

/** Mail released in one transaction, with one charge of the counter: three actions each, of a hundred. */
export const width = 25;

/** Somebody else has moved one of a group. */
class Overtaken extends Error {
  override readonly name = "Overtaken";
}

/**
 * Releases held mail as far as the daily limit has room (R-LIM-4): transactional before mass, then oldest first. It
 * stops at the first that does not fit, so nothing small passes what is large and has waited longer. Each is charged to
 * the day it is released on, in the transaction that releases it; its time to expire counts from here. Any number may
 * look at once: a mail is released once, and never above the limit.
 * @param deadline ms: then the rest is left to the next look.
 */
export async function release(ports: Ports, version: Version, deadline: number): Promise<Line.Looked> {
  const words = "held for 30 days without room in the daily limit";
  await Expiry.expire(ports, version.id, "platform", words, deadline);
  const next = Hold.nextLook(version, ports.clock.now());
  // Platform mail waits whoever has paused it
  if (version.status === "paused") return { empty: false, at: next };
  while (ports.clock.now() < deadline) {
    const front = await Line.front(ports.store, version.id, "platform", width);
    if (front.length === 0) return { empty: true, at: next };
    const standing = await Place.standing(ports, version.id, "platform", front);
    if (standing.length === 0) continue;
    const fitting = await fit(ports, version, standing);
    if (fitting.length > 0 ? await releaseAll(ports, version, fitting) : await failTooLarge(ports, version, standing))
      continue;
    return { empty: false, at: next };
  }
  return { empty: false, at: ports.clock.now() };
}

/** As many from the front as there is room for; a database that keeps its mail to be looked at is charged nothing. */
async function fit(ports: Ports, version: Version, standing: readonly Place.Standing[]): Promise<Place.Standing[]> {
  if (version.delivery === "capture") return [...standing];
  const day = dayOf(ports.clock.now(), version.reset_utc);
  const counter = await Counter.read(ports.store, version.id, day);
  let room = counter ? counter.left + version.limit - counter.limit : version.limit;
  const first = standing.findIndex(({ n }) => (room -= n) < 0);
  // What is new queues behind it, and is refused by nobody that could say so (R-LIM-5)
  if (first === 0 && counter) await Reached.tell(ports, version, day, counter, standing[0]?.n ?? 0);
  return standing.slice(0, first < 0 ? standing.length : first);
}

/** @returns whether there may be room for more. */
async function releaseAll(ports: Ports, version: Version, group: readonly Place.Standing[]): Promise<boolean> {
  try {
    await enqueueSafely(ports, await releaseGroup(ports, version, group));
    return true;
  } catch (error) {
    if (error instanceof AppError && error.name === "daily_quota_exceeded") return false;
    if (!(error instanceof Overtaken)) throw error;
  }
  if (group.length === 1) return true;
  for (const one of group) if (!(await releaseAll(ports, version, [one]))) return false;
  return true;
}

/**
 * One transaction: heads, places and counter.
 * @returns the heads as they then are. @throws Overtaken, AppError as `reserve` does.
 */
async function releaseGroup(ports: Ports, version: Version, group: readonly Place.Standing[]): Promise<Head[]> {
  const now = ports.clock.now();
  const counts = group.map((one) => counted(version, one));
  let released: Head[] = [];
  await reserve(ports, version, {
    count: counts.reduce((sum, n) => sum + n, 0),
    actions: (day) => {
      const charges = counts.map((n) => (n > 0 ? { charged_day: day, charged_n: n } : {}));
      const changes = group.map(({ head }, n) => changed(ports, head, now, charges[n] ?? {}));
      released = group.map(({ head }, n) => ({ ...head, ...changes[n], rev: head.rev + 1 }));
      return group.flatMap(({ head }, n) => writes(head, changes[n] ?? {}, now));
    },
    refused: () => {
      throw new Overtaken();
    },
  });
  return released;
}

/**
 * What a mail is charged with. Nothing where it goes to nobody, or where it was held on its way from a server of its own
 * to the platform: that may be back, and else the charge comes with the route (R-LIM-3).
 */
const counted = ({ delivery }: Version, { head, n }: Place.Standing): number =>
  delivery === "capture" || head.over === "smtp" ? 0 : n;

const changed = ({ operator }: Ports, head: Head, now: number, charge: Partial<Head>): Partial<Head> => ({
  state: "queued",
  not_before: new Date(now).toISOString(),
  give_up_at: new Date(now + Hold.lifeOf(head) * 1000).toISOString(),
  ...dueAt(head, now + operator.waits.recovery * 1000),
  ...charge,
});

const writes = (head: Head, set: Partial<Head>, now: number): Write[] => [
  headUpdate(head, set, ["failure_type", "line"]),
  ...Line.leave(head),
  Event.put(head, { type: "released", at: new Date(now).toISOString() }, head.expires_at),
];

/** The queue's failure is no error: they are in the due index. */
async function enqueueSafely(ports: Ports, heads: readonly Head[]): Promise<void> {
  try {
    await enqueueAll(ports, heads);
  } catch (error) {
    ports.log.warn("released mail was not enqueued, the tick will", { operation: "release", error });
  }
}

/** The limit was lowered since: what is larger than a whole day's can never be released (R-LIM-4). */
async function failTooLarge(ports: Ports, { limit }: Version, [first]: readonly Place.Standing[]): Promise<boolean> {
  if (!first || !Hold.isTooLarge(first.n, limit)) return false;
  const words = `it has ${first.n} recipients, and the daily limit is ${limit}: waiting cannot help`;
  await Outcome.fail(ports, { head: first.head, recipients: [] }, "daily_limit", words);
  return true;
}
