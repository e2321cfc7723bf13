import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seeded } from "../support/seeded.ts";
import type { Evidence } from "./check/evidence.ts";
import { type Fleet, startFleet } from "./fleet/fleet.ts";
import type { Weather } from "./fleet/protocol.ts";
import { type ChaosSmtp, startSmtp } from "./load/smtp.ts";
import { openStore, type StoreView } from "./store.ts";

/** The product under test, with all that stays while its processes die. */
export interface Product {
  readonly fleet: Fleet;
  readonly smtp: ChaosSmtp;
  readonly store: StoreView;
  /** Aborted when the product is no more. */
  readonly ended: AbortSignal;
  /** Changes the weather everywhere. */
  weather(weather: Weather): Promise<void>;
  /** What is left of a run. */
  evidence(known: Pick<Evidence, "answered" | "events_arrived" | "spent">): Promise<Evidence>;
}

/**
 * Starts the product in a temporary directory, does something with it, and ends it. Its clock starts at 22:15 UTC, so
 * that a run goes over the reset at 23:00 under load.
 * @throws Error when `work` does, with what the processes printed.
 */
export async function withProduct<T>(seed: number, work: (product: Product) => Promise<T>): Promise<T> {
  await using stack = new AsyncDisposableStack();
  const random = seeded(seed);
  const dir = await mkdtemp(join(tmpdir(), "posthouse-chaos-"));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const smtp = await startSmtp(seeded(random.below(2 ** 31)));
  stack.defer(() => smtp.close());
  const offset_ms = new Date().setUTCHours(22, 15, 0, 0) - Date.now();
  const fleet = await startFleet({ dir, random: seeded(random.below(2 ** 31)), offset_ms });
  stack.defer(() => fleet.close());
  const store = openStore(fleet.dynamodb_url);
  stack.defer(() => store.close());
  const end = new AbortController();
  stack.defer(() => end.abort());
  try {
    return await work(product(fleet, smtp, store, end.signal));
  } catch (error) {
    throw new Error(`the run did not come to its end; the processes printed:\n${fleet.output()}`, { cause: error });
  }
}

const product = (fleet: Fleet, smtp: ChaosSmtp, store: StoreView, ended: AbortSignal): Product => ({
  ended,
  fleet,
  smtp,
  store,
  async weather(weather) {
    smtp.weather(weather);
    await fleet.weather(weather);
  },
  async evidence(known) {
    const [items, ses, { dead }] = await Promise.all([store.all(), fleet.copies(), fleet.waiting()]);
    return { ...known, items, ses, smtp: smtp.copies, dead };
  },
});
