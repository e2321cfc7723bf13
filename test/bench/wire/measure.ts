import { createBatchClient, createClient } from "../api.ts";
import { median, ratio, type Spread, spread } from "../statistics.ts";
import { lanes } from "../throughput.ts";
import { createFloor } from "./floor.ts";
import { type Carrier, type Product, start } from "./product.ts";

/** Mails in a batch. */
export const batch = 100;

/** From the request to the hand-over, accepting and sending side by side. */
export interface Wire {
  readonly carrier: Carrier;
  /** Mails a request. */
  readonly size: number;
  /** Mails a second, from the first request to the last hand-over; and the floor's. */
  readonly rate: number;
  readonly bare: number;
  /** How many times as long a mail takes: the median over the rounds. */
  readonly over: number;
  /** ms from the request to the hand-over, of all mails under that load. */
  readonly loaded: Spread;
  /** The same of mails (or batches) sent one after another, while nothing else is going on. */
  readonly alone: Spread;
}

/** Measures in alternating rounds of `mails`, then `singles` units alone. */
export async function measure(
  carrier: Carrier,
  size: number,
  { rounds, mails, singles }: { rounds: number; mails: number; singles: number },
): Promise<Wire> {
  const callers = size === 1 ? lanes : 2;
  await using stack = new AsyncDisposableStack();
  const product = await start(carrier, callers, true);
  stack.defer(product.close);
  const quiet = await start(carrier, callers, false);
  stack.defer(quiet.close);
  const floor = await createFloor(quiet, carrier, size);
  stack.defer(floor.close);
  const sends = sendersOf(product, size);
  const units = Math.max(1, Math.round(mails / size));
  const rates = { product: [] as number[], bare: [] as number[] };
  const loaded: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const ours = await timed(product, size, units, sends);
    const start = performance.now();
    await share(floor.units, units);
    if (round < 0) continue;
    rates.bare.push(((units * size) / (performance.now() - start)) * 1_000);
    rates.product.push(((units * size) / ours.ms) * 1_000);
    loaded.push(...ours.latencies);
  }
  const alone: number[] = [];
  const alones = size === 1 ? singles : Math.ceil(singles / 10);
  for (let n = 0; n < alones; n++) alone.push(...(await timed(product, size, 1, sends.slice(0, 1))).latencies);
  const [rate, bare] = [median(rates.product), median(rates.bare)];
  return {
    carrier,
    size,
    rate,
    bare,
    over: ratio(rates.bare, rates.product),
    loaded: spread(loaded),
    alone: spread(alone),
  };
}

type Sender = () => Promise<readonly string[]>;

function sendersOf({ world, accounts }: Product, size: number): Sender[] {
  const [single, many] = [createClient(world.ports), createBatchClient(world.ports)];
  return accounts.map((account) => {
    const [one, all] = [single(account), many(account)];
    return size === 1 ? async () => [await one()] : () => all(size);
  });
}

/** Sends so many units, and waits for all their mails. */
async function timed({ arrivals }: Product, size: number, units: number, sends: readonly Sender[]) {
  const all = arrivals.next(units * size);
  const sent: { readonly at: number; readonly ids: readonly string[] }[] = [];
  const start = performance.now();
  await share(
    sends.map((send) => async () => {
      const at = performance.now();
      sent.push({ at, ids: await send() });
    }),
    units,
  );
  await all;
  const ms = performance.now() - start;
  return { ms, latencies: sent.flatMap(({ at, ids }) => ids.map((id) => arrivals.at(id) - at)) };
}

/** Each lane takes the next unit as soon as it is done with its last. */
async function share(lanes: readonly (() => Promise<unknown>)[], units: number): Promise<void> {
  let left = units;
  await Promise.all(
    lanes.map(async (work) => {
      while (left-- > 0) await work();
    }),
  );
}
