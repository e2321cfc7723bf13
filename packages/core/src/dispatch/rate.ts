import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Provider } from "../ports/provider.ts";
import { ConditionFailed } from "../ports/store.ts";

type Needs = Pick<Ports, "store" | "clock" | "provider" | "log">;

/** How far SES is to be slowed, as all processes share it. */
interface Slowed {
  /** Of the rate, at that time. */
  readonly factor: number;
  /** ms */
  readonly at: number;
}

interface Known {
  readonly rate: number | null;
  readonly rate_at: number;
  readonly slowed: Slowed;
  readonly slowed_at: number;
}

/** The account's rate changes seldom; asked for so often, in ms. */
const rateFresh = 5 * 60_000;
/** Where it was not said, it is asked for again after this, in ms. */
const rateAgain = 10_000;
/** How long this process trusts what it read of a slowing, in ms. */
const slowedFresh = 10_000;
/** Each throttling takes the rate down to this part of it, at most once in `between` ms for all processes. */
const down = 0.7;
const between = 2_000;
const lowest = 0.1;
/** A minute without throttling brings back this part of the whole. */
const upPerMinute = 0.1;

const full: Slowed = { factor: 1, at: 0 };
const known = new WeakMap<Provider, Known>();

/** The factor at `now` (ms): it recovers slowly. */
export const factorAt = ({ factor, at }: Slowed, now: number): number =>
  Math.min(1, factor + (Math.max(0, now - at) / 60_000) * upPerMinute);

/** Those that ask at the same time ask once. */
const asking = new WeakMap<Provider, Promise<Known>>();

/**
 * How many recipients a second SES is to be asked for, account-wide: its own rate (GetAccount, asked every 5 minutes a
 * process), less after it has throttled. Null = without limit, or not known: SES itself then says no, which is definite.
 */
export async function rateOf(ports: Needs): Promise<number | null> {
  const { provider, clock } = ports;
  const before = known.get(provider);
  const now = clock.now();
  const isFresh = before && now - before.rate_at < rateFresh && now - before.slowed_at < slowedFresh;
  const { rate, slowed } = isFresh ? before : await askOnce(ports, before);
  return rate === null ? null : rate * factorAt(slowed, clock.now());
}

function askOnce(ports: Needs, before: Known | undefined): Promise<Known> {
  const { provider } = ports;
  const under = asking.get(provider) ?? ask(ports, before).finally(() => asking.delete(provider));
  asking.set(provider, under);
  return under;
}

async function ask(ports: Needs, before: Known | undefined): Promise<Known> {
  const now = ports.clock.now();
  const isFresh = before !== undefined && now - before.rate_at < rateFresh;
  const { rate, rate_at } = isFresh ? before : await askRate(ports, now, before?.rate ?? null);
  // Nobody is slowed where there is no rate: then that costs no read
  const slowed =
    rate === null
      ? { slowed: full, slowed_at: Number.POSITIVE_INFINITY }
      : { slowed: await readSlowed(ports), slowed_at: now };
  const found = { rate, rate_at, ...slowed };
  known.set(ports.provider, found);
  return found;
}

async function askRate(
  { provider, log }: Needs,
  now: number,
  before: number | null,
): Promise<Pick<Known, "rate" | "rate_at">> {
  try {
    return { rate: await provider.sendRate(), rate_at: now };
  } catch (error) {
    log.warn("SES did not say its rate", { operation: "pace", error });
    return { rate: before, rate_at: now - rateFresh + rateAgain };
  }
}

async function readSlowed({ store }: Needs): Promise<Slowed> {
  const item = await store.get(keys.paceFactor);
  return item ? { factor: Number(item["factor"]), at: Number(item["at"]) } : full;
}

/** SES has throttled: all processes ask for less from now on. Several that are told at once slow it once. */
export async function slow(ports: Needs): Promise<void> {
  const now = ports.clock.now();
  const slowed = { factor: Math.max(lowest, factorAt(await readSlowed(ports), now) * down), at: now };
  try {
    const condition = { if: "attribute_not_exists(#at) OR #at < :before", values: { before: now - between } };
    await ports.store.write({ update: keys.paceFactor, set: { ...slowed }, ...condition });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
  const before = known.get(ports.provider);
  if (before) known.set(ports.provider, { ...before, slowed_at: 0 });
}
