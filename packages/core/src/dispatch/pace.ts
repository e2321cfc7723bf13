import type { Kind } from "../email/head.ts";
import * as keys from "../keys.ts";
import { inTurn } from "../limit/turn.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, type Update } from "../ports/store.ts";
import { jitter } from "../retry.ts";
import { rateOf } from "./rate.ts";
import { firstOf, massOf, periodOf, type Slots, slotsOf, timeOf } from "./slots.ts";

/** SES is busy for longer than a process waits: the mail comes again after `delay` seconds. That is no try. */
export class Busy extends Error {
  override readonly name = "Busy";
  readonly kind: Kind;
  readonly delay: number;
  constructor(kind: Kind, delay: number) {
    super("the rate of SES is used up for now");
    this.kind = kind;
    this.delay = delay;
  }
}

/** What an invocation hands over to SES, at the rate of the account. */
export interface Pace {
  /**
   * Waits for the turn of a mail with `n` recipients, some seconds at most.
   * @param busy how often it was sent away before: each time it may reserve further ahead.
   * @throws Busy
   */
  turn(kind: Kind, n: number, busy?: number): Promise<void>;
}

type Needs = Pick<Ports, "store" | "clock" | "random" | "provider" | "log">;

/** Slots of one period, leased together. */
interface Lease {
  readonly slots: Slots;
  readonly period: number;
  readonly next: number;
  readonly end: number;
}

/** How many periods ahead a process waits for: transactional mail longer, for nobody else brings it sooner. */
export const ahead: Readonly<Record<Kind, number>> = { transactional: 3, mass: 2 };
/**
 * How many periods further a mail may reserve that was sent away, each time and at most: none comes in vain for ever,
 * and a mail of many recipients gets beyond where those of one have taken a slot of every period.
 */
const further = { one: { each: 1, most: 4 }, many: { each: 2, most: 8 } } as const;
/**
 * How long before its slot transactional mail may go, in ms: where a campaign has the slots before, it does not wait for
 * its own. With those still used late that is less than the second's worth SES takes at once; of a low rate it is not.
 */
const earlier = 700;
const lowest = 10;
/** After how long it comes again, in seconds: at least, and a random time more. */
export const again: Readonly<Record<Kind, readonly [number, number]>> = { transactional: [1, 1], mass: [5, 10] };

/** Whether another process was met in a period lately: which of two writes is likelier to succeed is tried first. */
const shared = new WeakMap<object, boolean>();

const day = 86_400;

/**
 * Paces the hand-overs of one invocation (R-KIND-4). Slots are leased from the period's item by one conditional atomic
 * write, for all mails of the invocation together: counted in recipients, at most 70 % of them for mass mail, over all
 * processes. Without a rate nothing is written and nobody waits.
 * @param mails how many the invocation has.
 */
export function create(ports: Needs, mails: number): Pace {
  const leases = new Map<Kind, Lease>();
  let expected = mails;
  const take = async (kind: Kind, n: number, busy: number): Promise<number> => {
    const rate = await rateOf(ports);
    if (rate === null) return 0;
    const slots = slotsOf(rate);
    const held = usable(ports, leases.get(kind), n);
    const lease = held ?? (await leaseNext(ports, slots, kind, n, Math.max(n, expected), busy));
    expected--;
    if (!lease) throw new Busy(kind, delayOf(ports, kind));
    // One that is used up at once takes nobody's place
    if (held || lease.end > lease.next + n) leases.set(kind, { ...lease, next: lease.next + n });
    const early = kind === "transactional" && lease.slots.capacity >= lowest ? earlier : 0;
    return timeOf(lease.slots, lease.period, lease.next) - early;
  };
  return {
    async turn(kind, n, busy = 0) {
      const at = await inTurn(leases, kind, () => take(kind, n, busy));
      const wait = at - ports.clock.now();
      if (wait > 0) await ports.clock.sleep(wait);
    },
  };
}

/** What is left of a lease, without the slots that are too late by now; undefined where that is not enough. */
function usable({ clock }: Needs, lease: Lease | undefined, n: number): Lease | undefined {
  if (!lease) return undefined;
  const next = Math.max(lease.next, firstOf(lease.slots, lease.period, clock.now()));
  return next + n <= lease.end ? { ...lease, next } : undefined;
}

/** Leases slots of the first period that has them, `wanted` of them where it has so many, `n` at least. */
async function leaseNext(
  ports: Needs,
  slots: Slots,
  kind: Kind,
  n: number,
  wanted: number,
  busy: number,
): Promise<Lease | undefined> {
  const first = periodOf(slots, ports.clock.now());
  const { each, most: limit } = n > 1 ? further.many : further.one;
  for (let period = first; period <= first + ahead[kind] + Math.min(busy * each, limit); period++) {
    const most = kind === "mass" ? massOf(slots, period) : slots.capacity;
    // Ahead of others it takes no more than it needs itself
    const count = period > first + ahead[kind] ? n : wanted;
    const lease = await leaseIn(ports, slots, period, kind, Math.min(n, most), Math.min(count, most));
    if (!lease) continue;
    await owe(ports, slots, period, n - most);
    // A mail larger than a period has what there is, and the next periods owe the rest
    return { ...lease, end: Math.max(lease.end, lease.next + n) };
  }
  return undefined;
}

async function leaseIn(
  ports: Needs,
  slots: Slots,
  period: number,
  kind: Kind,
  n: number,
  wanted: number,
): Promise<Lease | undefined> {
  const skip = firstOf(slots, period, ports.clock.now());
  let count = Math.min(wanted, slots.capacity - skip);
  let fresh = skip > 0 && !shared.get(ports.store);
  for (let tries = 0; tries < 4 && count >= n && n > 0; tries++) {
    const { done, item } = await write(ports, request(slots, period, kind, count, skip, fresh));
    const all = Number(item?.["all"] ?? 0);
    if (done) return { slots, period, next: all - count, end: all };
    fresh = all < skip;
    shared.set(ports.store, !fresh);
    count = Math.min(count, left(slots, period, kind, Math.max(all, skip), item));
  }
  return undefined;
}

/** How many slots of a period are left for a kind. */
function left(slots: Slots, period: number, kind: Kind, all: number, item: Item | undefined): number {
  const free = slots.capacity - all;
  return kind === "mass" ? Math.min(free, massOf(slots, period) - Number(item?.["mass"] ?? 0)) : free;
}

/**
 * The write that leases: behind those leased before, or, where so few were that the next are too late already, from
 * the first that is not.
 */
function request(slots: Slots, period: number, kind: Kind, count: number, skip: number, fresh: boolean): Update {
  const mass = kind === "mass" ? count : 0;
  const behind = skip > 0 ? "#all >= :skip AND #all <= :room" : "(attribute_not_exists(#all) OR #all <= :room)";
  const beforeAll = "(attribute_not_exists(#all) OR #all < :skip)";
  const share = " AND (attribute_not_exists(#mass) OR #mass <= :share)";
  return {
    update: keys.pace(period, slots.period),
    set: { expires_at: Math.ceil((period * slots.period) / 1000) + day, ...(fresh && { all: skip + count }) },
    add: { ...(!fresh && { all: count }), ...(mass > 0 && { mass }) },
    if: `${fresh ? beforeAll : behind}${mass > 0 ? share : ""}`,
    values: {
      ...((fresh || skip > 0) && { skip }),
      ...(!fresh && { room: slots.capacity - count }),
      ...(mass > 0 && { share: massOf(slots, period) - count }),
    },
  };
}

async function write({ store }: Needs, update: Update): Promise<{ done: boolean; item: Item | undefined }> {
  try {
    return { done: true, item: await store.write(update) };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return { done: false, item: error.item };
  }
}

/** Slots of the periods that follow, used before their time. */
async function owe({ store }: Needs, slots: Slots, period: number, n: number): Promise<void> {
  for (let next = period + 1, rest = n; rest > 0; next++, rest -= slots.capacity) {
    const expires_at = Math.ceil((next * slots.period) / 1000) + day;
    const all = Math.min(rest, slots.capacity);
    await store.write({ update: keys.pace(next, slots.period), set: { expires_at }, add: { all } });
  }
}

function delayOf(ports: Needs, kind: Kind): number {
  const [least, more] = again[kind];
  return least + Math.round(jitter(ports, more));
}
