import type { Ports } from "../ports/main.ts";
import type { Store } from "../ports/store.ts";
import { list, type Owner } from "./endpoint.ts";
import type { EventType } from "./outbox.ts";

/** How long what was read is good, in ms: an endpoint made elsewhere is told of what happens this much later. */
const fresh = 10_000;
/** How many owners are remembered. */
const most = 1_000;

interface Known {
  readonly until: number;
  readonly types: Promise<ReadonlySet<EventType>>;
}

/** What the endpoints of an owner want, by process. */
const cache = new WeakMap<Store, Map<string, Known>>();

/**
 * Which events some enabled endpoint of the database, or of the operator, is to be told: no other is put into the
 * outbox. Remembered for 10 s, within which a query of the database and one of the operator are all it costs; an
 * endpoint made or changed by another process is heeded by then, one of this process at once.
 */
export async function wanted(ports: Pick<Ports, "store" | "clock">, db: string): Promise<ReadonlySet<EventType>> {
  const [own, operators] = await Promise.all([of(ports, db as Owner), of(ports, "operator")]);
  return new Set([...own, ...operators]);
}

/** What was remembered of an owner is out of date. */
export function forget({ store }: Pick<Ports, "store">, owner: Owner): void {
  cache.get(store)?.delete(owner);
}

function of(ports: Pick<Ports, "store" | "clock">, owner: Owner): Promise<ReadonlySet<EventType>> {
  const entries = cache.get(ports.store) ?? new Map<string, Known>();
  cache.set(ports.store, entries);
  const known = entries.get(owner);
  if (known && known.until > ports.clock.now()) return known.types;
  const types = read(ports, owner);
  types.catch(() => forget(ports, owner));
  entries.delete(owner);
  entries.set(owner, { until: ports.clock.now() + fresh, types });
  const [oldest] = entries.keys();
  if (entries.size > most && oldest !== undefined) entries.delete(oldest);
  return types;
}

async function read(ports: Pick<Ports, "store">, owner: Owner): Promise<ReadonlySet<EventType>> {
  const endpoints = await list(ports, owner, { consistent: false });
  return new Set(endpoints.filter(({ status }) => status === "enabled").flatMap(({ events }) => events));
}
