import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "../support/http.ts";
import { seeded } from "../support/seeded.ts";
import type { Counted, Evidence } from "./check/evidence.ts";
import { type Fleet, startFleet } from "./fleet/fleet.ts";
import type { Weather } from "./fleet/protocol.ts";
import { type ChaosEndpoint, startEndpoint } from "./load/endpoint.ts";
import { databases } from "./load/mail.ts";
import { type ChaosSmtp, startSmtp } from "./load/smtp.ts";
import { openStore, type StoreView } from "./store.ts";

/** The product under test, with all that stays while its processes die. */
export interface Product {
  readonly fleet: Fleet;
  readonly smtp: ChaosSmtp;
  /** Where it tells of its mail. */
  readonly endpoint: ChaosEndpoint;
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
  const endpoint = await startEndpoint(seeded(random.below(2 ** 31)));
  stack.defer(() => endpoint.close());
  const offset_ms = new Date().setUTCHours(22, 15, 0, 0) - Date.now();
  const fleet = await startFleet({ dir, random: seeded(random.below(2 ** 31)), offset_ms });
  stack.defer(() => fleet.close());
  const store = openStore(fleet.dynamodb_url);
  stack.defer(() => store.close());
  const end = new AbortController();
  stack.defer(() => end.abort());
  try {
    return await work(product({ fleet, smtp, endpoint, store, ended: end.signal }));
  } catch (error) {
    throw new Error(`the run did not come to its end; the processes printed:\n${fleet.output()}`, { cause: error });
  }
}

type Parts = Pick<Product, "fleet" | "smtp" | "endpoint" | "store" | "ended">;

const product = ({ fleet, smtp, endpoint, store, ended }: Parts): Product => ({
  ended,
  fleet,
  smtp,
  endpoint,
  store,
  async weather(weather) {
    smtp.weather(weather);
    endpoint.weather(weather);
    await fleet.weather(weather);
  },
  async evidence(known) {
    const [items, ses, { dead }] = await Promise.all([store.all(), fleet.copies(), fleet.waiting()]);
    const counted = await Promise.all(databases.map((name) => countedOf(fleet, name)));
    return { ...known, items, ses, smtp: smtp.copies, dead, told: endpoint.told(), counted };
  },
});

/** What a database's history says, of all its days together. */
async function countedOf({ url, operator_key: key }: Fleet, database: string): Promise<Counted> {
  const { status, body } = await createClient(url, { key, database, timeout_ms: 60_000 }).call("GET", "/v1/usage");
  if (status !== 200) throw new Error(`GET /v1/usage: ${status} ${JSON.stringify(body)}`);
  const days = body["history"] as Pick<Counted, "delivered" | "bounced">[];
  const sum = (what: "delivered" | "bounced") => days.reduce((all, day) => all + day[what], 0);
  return { database, delivered: sum("delivered"), bounced: sum("bounced") };
}
