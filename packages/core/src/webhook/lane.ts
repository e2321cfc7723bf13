import type { Ports } from "../ports/main.ts";
import type { Store } from "../ports/store.ts";

/**
 * The way to one endpoint, of all that this process has in hand: only so many attempts at a time, and none while it is
 * known to be silent. What finds no place in time is put off, so that whoever is slow or hangs holds up nobody else.
 */
interface Lane {
  active: number;
  /** How long the last attempt took, in ms. */
  took: number;
  /** The endpoint is left alone until then, ms. */
  rest_until: number;
  readonly waiting: (() => void)[];
}

/** Attempts on an endpoint at a time. */
export const width = 4;
/** How often who waits looks at the time, in ms. */
const step = 2_000;

const lanes = new WeakMap<Store, Map<string, Lane>>();

/** What an attempt ended with. */
export interface Ended<T> {
  readonly result: T;
  /** The endpoint was silent: it is left alone until then, ms; 0 = it was not. */
  readonly rest_until: number;
}

/** What became of an attempt; or it was not made: there is no place before `until`, ms, or the endpoint rests till then. */
export type Passed<T> = { readonly result: T } | { readonly until: number; readonly rests: boolean };

type Needs = Pick<Ports, "store" | "clock">;

/**
 * Makes an attempt when there is a place for it: nobody waits whose place would come too late, or while the endpoint
 * rests.
 * @param endpoint what names the way: another URL is another one. @param latest when the attempt begins at the latest, ms
 */
export async function within<T>(
  ports: Needs,
  endpoint: string,
  latest: number,
  attempt: () => Promise<Ended<T>>,
): Promise<Passed<T>> {
  const own = lanes.get(ports.store) ?? new Map<string, Lane>();
  lanes.set(ports.store, own);
  const lane = own.get(endpoint) ?? { active: 0, took: 0, rest_until: 0, waiting: [] };
  own.set(endpoint, lane);
  const { clock } = ports;
  if (lane.rest_until > clock.now()) return { until: lane.rest_until, rests: true };
  if (!(await enter(ports, lane, latest))) return { until: placeAt(lane, clock.now()), rests: false };
  const start = clock.now();
  try {
    if (lane.rest_until > start) return { until: lane.rest_until, rests: true };
    const { result, rest_until } = await attempt();
    Object.assign(lane, { rest_until, took: clock.now() - start });
    return { result };
  } finally {
    const next = lane.waiting.shift();
    // The place is handed on as it is
    if (next) next();
    else lane.active--;
    if (lane.active === 0 && lane.rest_until <= clock.now()) own.delete(endpoint);
  }
}

/** When there is a place for one more, ms: behind all who wait, each as long as the last. */
const placeAt = ({ waiting, took }: Lane, now: number): number => now + Math.ceil((waiting.length + 1) / width) * took;

/** @returns whether there was a place in time. */
async function enter({ clock }: Needs, lane: Lane, latest: number): Promise<boolean> {
  if (lane.active < width) {
    lane.active++;
    return true;
  }
  if (placeAt(lane, clock.now()) > latest) return false;
  const place = Promise.withResolvers<void>();
  let has = false;
  const enter = () => {
    has = true;
    place.resolve();
  };
  lane.waiting.push(enter);
  while (!has && clock.now() < latest)
    await Promise.race([place.promise, clock.sleep(Math.min(step, latest - clock.now()))]);
  if (has) return true;
  lane.waiting.splice(lane.waiting.indexOf(enter), 1);
  return false;
}
