import * as keys from "../keys.ts";
import { dayOf } from "../limit/day.ts";
import type { Ports } from "../ports/main.ts";
import type { Store } from "../ports/store.ts";

/** How long a process remembers when the day of a database ends, in ms: operators change it rarely. */
const fresh = 60_000;
const most = 1_000;

const known = new WeakMap<
  Store,
  Map<string, { readonly reset: Promise<string | undefined>; readonly until: number }>
>();

/** The counting day of a database that it is now (R-LIM-2); undefined where there is no such database (any more). */
export async function today(ports: Pick<Ports, "store" | "clock">, db: string): Promise<string | undefined> {
  const entries = known.get(ports.store) ?? new Map();
  known.set(ports.store, entries);
  const now = ports.clock.now();
  const entry = entries.get(db);
  if (entry && entry.until > now) return dayFrom(await entry.reset, now);
  const reset = read(ports.store, db);
  reset.catch(() => entries.delete(db));
  entries.delete(db);
  entries.set(db, { reset, until: now + fresh });
  const [oldest] = entries.keys();
  if (entries.size > most && oldest !== undefined) entries.delete(oldest);
  return dayFrom(await reset, now);
}

const dayFrom = (reset: string | undefined, now: number): string | undefined =>
  reset === undefined ? undefined : dayOf(now, reset);

async function read(store: Store, db: string): Promise<string | undefined> {
  const item = await store.get(keys.version(db));
  return item === undefined ? undefined : String(item["reset_utc"]);
}
