import { type Loaded, load } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import { dueAt, headUpdate, write } from "../dispatch/hand.ts";
import { enqueueAll } from "../email/enqueue.ts";
import type { Head } from "../email/head.ts";
import { resetsAt } from "../limit/day.ts";
import * as Expiry from "../limit/expiry.ts";
import * as Line from "../line/line.ts";
import * as Place from "../line/place.ts";
import type { Ports } from "../ports/main.ts";
import * as Gate from "./gate.ts";
import {
  asOf,
  fitsNextMinute,
  isBefore,
  type Limits,
  limitsOf,
  nextMinute,
  reserve,
  roomFor,
  type Use,
} from "./limit.ts";
import type { ServerRecord } from "./record.ts";
import * as Uses from "./use.ts";

/** Mail looked at, at a time. */
const most = 200;
/** Released side by side. */
const width = 16;
/** A line that nothing moves at the next minute is looked at so often, in ms: limits change, and mail is given back. */
const between = 15 * 60_000;

/**
 * Lets mail through that waits for the limits of its server (R-LIM-5, R-PERS-3): transactional before mass, then oldest
 * first, as many as the minute and the day have room for, which is reserved for them in one write, for this minute. Each
 * takes its share when it is handed over. Where the limits are gone, or the server is, all of it goes on, and is routed
 * again by dispatch. A server that is left alone for its failures is not given mail to fail.
 * @param deadline ms: then the rest is left to the next look.
 */
export async function release(
  ports: Ports,
  version: Version,
  server: Limits["server"],
  deadline: number,
): Promise<Line.Looked> {
  await Expiry.expire(ports, version.id, server, "waited 30 days for the limits of its server", deadline);
  const now = ports.clock.now();
  const place = { database: version.id, server };
  const { servers, settings } = await load(ports, version);
  const record = servers.find(({ id }) => id === server);
  if (isPaused(version, record)) return { empty: false, at: now + between };
  const limits = limitsNow(version, settings, record);
  const stopped = limits && (await Gate.stopped(ports, place));
  if (stopped) return { empty: false, at: Math.min(now + between, Date.parse(stopped.until ?? "")) };
  while (ports.clock.now() < deadline) {
    const seen = await Uses.read(ports, place);
    const use = asOf(seen, limits ?? version, ports.clock.now());
    const found = await Line.front(ports.store, version.id, server, limits ? wanted(use, limits) : most);
    if (found.length === 0) return leave(ports, place, seen, use);
    const standing = await Place.standing(ports, version.id, server, found);
    if (!limits) {
      await releaseAll(ports, standing, false);
      continue;
    }
    const room = reserve(use, limits, standing.map(sizeOf));
    if (!(await keepRoom(ports, place, seen, room))) continue;
    await releaseAll(ports, standing.slice(0, room.count), true);
    const rest = standing.slice(room.count);
    if (rest.length > 0) return { empty: false, at: nextRoom(ports, room.use, limits, rest) };
  }
  return { empty: false, at: ports.clock.now() };
}

/** The limits that mail waits for; null where nothing holds it up any more, or its route no longer stands. */
function limitsNow(
  version: Version,
  settings: Pick<Loaded["settings"], "personal_servers">,
  record: ServerRecord | undefined,
): Limits | null {
  const isUsed = record?.active && (record.owner === null || settings.personal_servers);
  return record && isUsed ? limitsOf(record, version) : null;
}

/** By the operator everything waits; for its reputation what goes over the platform (R-FAIL-7). */
const isPaused = ({ status, paused_by }: Version, record: ServerRecord | undefined): boolean =>
  status === "paused" && (paused_by !== "reputation" || record?.kind === "platform");

const wanted = (use: Use, limits: Limits): number => Math.min(most, Math.max(1, roomFor(use, limits)));

const sizeOf = ({ n }: Place.Standing): number => n;

/** Nobody waits: who comes now need not, unless somebody has joined since the use was read. */
async function leave(ports: Ports, place: Uses.Place, seen: Use, use: Use): Promise<Line.Looked> {
  if (seen.waiting > 0) await Uses.replace(ports, place, seen, { ...use, waiting: 0 }, true);
  return { empty: true, at: nextMinute(ports.clock.now()) };
}

/** Reserves room; without any, puts right what a wrong clock wrote. @returns false where somebody was faster. */
async function keepRoom(
  ports: Ports,
  place: Uses.Place,
  seen: Use,
  { use, count }: ReturnType<typeof reserve>,
): Promise<boolean> {
  if (count === 0 && !isBefore(use, seen)) return true;
  return (await Uses.replace(ports, place, seen, use)).done;
}

/** The next minute; where the day is full the next look at it, after the reset at the latest. */
function nextRoom(ports: Ports, use: Use, limits: Limits, rest: readonly Place.Standing[]): number {
  const now = ports.clock.now();
  if (fitsNextMinute(use, limits, rest.map(sizeOf))) return nextMinute(now);
  return Math.min(now + between, Date.parse(resetsAt(now, limits.reset_utc)));
}

async function releaseAll(ports: Ports, group: readonly Place.Standing[], admitted: boolean): Promise<void> {
  const released: Head[] = [];
  for (let n = 0; n < group.length; n += width) {
    const heads = await Promise.all(group.slice(n, n + width).map(({ head }) => releaseOne(ports, head, admitted)));
    released.push(...heads.filter((head) => head !== undefined));
  }
  try {
    await enqueueAll(ports, released);
  } catch (error) {
    ports.log.warn("released mail was not enqueued, the tick will", { operation: "release", error });
  }
}

/** Its time to expire goes on where it stood when it joined. @returns the head as it then is; undefined when overtaken. */
async function releaseOne(ports: Ports, head: Head, admitted: boolean): Promise<Head | undefined> {
  const now = ports.clock.now();
  const set: Partial<Head> = {
    state: "queued",
    ...(admitted && { admitted }),
    not_before: new Date(now).toISOString(),
    give_up_at: new Date(now + (head.life_left ?? 0) * 1000).toISOString(),
    ...dueAt(head, now + ports.operator.waits.recovery * 1000),
  };
  const done = await write(ports, [headUpdate(head, set, ["line", "life_left"]), ...Line.leave(head)]);
  const { line: _line, life_left: _left, ...rest } = head;
  return done ? { ...rest, ...set, rev: head.rev + 1 } : undefined;
}
