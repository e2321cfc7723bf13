import { headUpdate, waited, write } from "../dispatch/hand.ts";
import type { Prepared } from "../dispatch/prepare.ts";
import * as Event from "../email/event.ts";
import type { Head } from "../email/head.ts";
import * as Hold from "../email/hold.ts";
import { prolong } from "../email/prolong.ts";
import * as keys from "../keys.ts";
import * as Line from "../line/line.ts";
import type { Ports } from "../ports/main.ts";
import { asOf, isSameMinute, type Limits, nextMinute, take as taken, type Use, without } from "./limit.ts";
import * as Uses from "./use.ts";

/** A mail's share of the limits of its server. */
export interface Room {
  /** Gives it back: nothing was handed over. */
  back(): Promise<void>;
}

/** Of a server without limits. */
const free: Room = { back: async () => {} };

/**
 * Takes a mail's share of the limits of its server (R-LIM-5, R-PERS-3), before anything is opened for it. Where there
 * is none, or others wait already, it joins the server's line: it is touched now, and once more when the line lets it
 * through, and never between. That is no try and no failure. Mail that its line has let through takes its share here
 * as well, so that it counts for the minute it is handed over in, however late it comes.
 * @returns undefined when it waits.
 */
export async function take(ports: Ports, prepared: Prepared): Promise<Room | undefined> {
  const { head, limits, to } = prepared;
  if (!limits) return free;
  const place = { database: head.database, server: limits.server };
  const n = to.length;
  const at = ports.clock.now();
  const letThrough = head.admitted === true;
  const next = (use: Use) => taken(asOf(use, limits, at), limits, n, letThrough);
  const isTaken = !isKnownFull(ports, place, next, at) && (await Uses.change(ports, place, next, !letThrough));
  if (isTaken) return { back: () => giveBack(ports, place, limits, n, at) };
  await join(ports, prepared, limits);
  return undefined;
}

/** Does `work` with room: where it comes to nothing, or throws, nothing was handed over, and the room goes back. */
export async function within<T>(room: Room, work: () => Promise<T | undefined>): Promise<T | undefined> {
  let done: T | undefined;
  try {
    done = await work();
    return done;
  } finally {
    if (done === undefined) await room.back();
  }
}

/**
 * What was seen full within this minute is taken for full: an over-limit mail costs no write that would fail. At worst
 * it waits for the next minute.
 */
function isKnownFull(ports: Ports, place: Uses.Place, next: (use: Use) => Use | undefined, now: number): boolean {
  const seen = Uses.lastSeen(ports, place);
  return seen !== undefined && isSameMinute(seen.at, now) && next(seen.use) === undefined;
}

/** That it could not be given back costs room, never more than the limit: it is no reason to fail. */
async function giveBack(ports: Ports, place: Uses.Place, limits: Limits, n: number, at: number): Promise<void> {
  try {
    await Uses.change(ports, place, (use) => without(use, limits, n, at));
  } catch (error) {
    ports.log.warn("room of a server was not given back", { ...place, code: place.server, error });
  }
}

/**
 * One transaction: head, place, and that somebody waits, so that nobody passes. Mail that was let through and found no
 * room joins again where it stood, and its timeline says no more of it.
 */
async function join(ports: Ports, { head, body, to }: Prepared, limits: Limits): Promise<void> {
  const { server } = limits;
  const now = ports.clock.now();
  const life_left = Math.max(1, Math.ceil((Date.parse(head.give_up_at) - now) / 1000));
  const kept = await prolong(ports, head, body, Hold.keptUntil(now, life_left));
  const set: Partial<Head> = {
    state: "deferred",
    line: server,
    // From here on `give_up_at` does not say it any more
    life: Hold.lifeOf(head),
    life_left,
    not_before: new Date(now).toISOString(),
    give_up_at: new Date(now + Hold.longest).toISOString(),
    ...kept.set,
  };
  const event: Event.Event = { type: "deferred", at: new Date(now).toISOString(), note: noteOf(limits) };
  const place = { database: head.database, server };
  const writes = [
    headUpdate(head, set, [...waited, ...kept.remove]),
    Line.join(head, server, to.length),
    { update: keys.serverUse(head.database, server), add: { waiting: 1 } },
    ...(head.admitted ? [] : [Event.put(head, event, kept.set.expires_at ?? head.expires_at)]),
  ];
  const at = () => nextMinute(ports.clock.now());
  const join = () => Uses.alone(ports, place, () => write(ports, writes));
  const done = await Line.joining(ports, head.database, server, at, join);
  if (done && Uses.lastSeen(ports, place)?.use.waiting === 0) Uses.forget(ports, place);
}

const noteOf = ({ per_minute, per_day }: Limits): string =>
  `Its server takes ${[per_minute && `${per_minute} recipients a minute`, per_day && `${per_day} a day`].filter(Boolean).join(", ")}: it waits for its turn. This was no try.`;
