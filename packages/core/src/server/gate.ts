import { untilWritten } from "../dispatch/write.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Delete, type Store } from "../ports/store.ts";
import { afterFailure, type Breaker, type Failure, fromItem, isOpen, whileTried } from "./breaker.ts";

type Needs = Pick<Ports, "store" | "clock" | "random">;

/** Which server of which database. */
export interface Place {
  readonly database: string;
  readonly server: string;
}

/** What a mail may do at a server now: nothing, or try; `probing` = it alone tries, to see whether the server is back. */
export type Pass = { readonly stopped: Breaker } | { readonly probing: boolean };

/** What this process knows of a server's breaker, and since when (ms). */
interface Known {
  readonly breaker: Breaker | undefined;
  readonly at: number;
  /** When it last worked here since, ms: others may have counted failures before that. */
  readonly worked?: number;
}

const memories = new WeakMap<Store, Map<string, Known>>();
const remembered = 1_000;

/** A server that is not stopped is taken for that so long, in ms: one small read for a burst of mail. */
const fresh = 3_000;
/** How long one mail may take to find out whether a server is back, in ms: connection and message, 30 s each. */
const probeTime = 70_000;
/** A server that nobody writes to any more is forgotten, in seconds. */
const kept = 30 * 86_400;
/** Changes that meet somebody else's are made anew so often. */
const tries = 5;

/** The breaker where it stops attempts now. What was remembered stops nobody: the server may have been mended since. */
export async function stopped(ports: Needs, place: Place): Promise<Breaker | undefined> {
  const breaker = await look(ports, place);
  return breaker && isOpen(breaker, ports.clock.now()) ? breaker : undefined;
}

/**
 * Lets a mail through to a server, or not. When a stop is over exactly one mail gets through, in whatever process, and
 * the others wait for what it finds.
 */
export async function pass(ports: Needs, place: Place): Promise<Pass> {
  let breaker = await look(ports, place);
  for (let n = 0; n < tries; n++) {
    const now = ports.clock.now();
    if (breaker?.until === undefined) return { probing: false };
    if (isOpen(breaker, now)) return { stopped: breaker };
    const written = await change(ports, place, breaker, whileTried(breaker, now, probeTime));
    if (written === true) return { probing: true };
    breaker = written.instead;
  }
  return breaker ? { stopped: breaker } : { probing: false };
}

/** The server failed. @param probing what {@link pass} said */
export async function failed(ports: Needs, place: Place, failure: Failure, probing: boolean): Promise<void> {
  let breaker = await look(ports, place);
  for (let n = 0; n < tries; n++) {
    const now = ports.clock.now();
    if (breaker && isOpen(breaker, now) && !probing) return;
    const written = await change(ports, place, breaker, afterFailure(breaker, failure, now, probing));
    if (written === true) return;
    breaker = written.instead;
  }
}

/** The server worked: where anything was held against it, that ends; what others hold, at {@link confirm}. */
export async function worked(ports: Needs, place: Place): Promise<void> {
  const known = memoryOf(ports).get(nameOf(place));
  if (known?.breaker) return close(ports, place);
  if (known) memoryOf(ports).set(nameOf(place), { ...known, worked: ports.clock.now() });
}

/**
 * Ends what other processes counted before it last worked here, so that only failures in a row stop attempts: one small
 * read for all mails of a batch, and none where nothing worked since the last.
 */
export async function confirm(ports: Needs, place: Place): Promise<void> {
  if (memoryOf(ports).get(nameOf(place))?.worked !== undefined) await read(ports, place);
}

/** Forgets what is held against a server, and lets mail through again. */
export async function close(ports: Needs, place: Place): Promise<void> {
  await untilWritten(ports, () => ports.store.write(closing(place)));
  remember(ports, place, undefined);
}

/** The write that does so, for a transaction; {@link forget} goes with it. */
export const closing = ({ database, server }: Place): Delete => ({ delete: keys.breaker(database, server) });

/** Has this process read the breaker anew. */
export const forget = (ports: Pick<Ports, "store">, place: Place): void => void memoryOf(ports).delete(nameOf(place));

async function look(ports: Needs, place: Place): Promise<Breaker | undefined> {
  const known = memoryOf(ports).get(nameOf(place));
  const holds = known && ports.clock.now() - known.at < fresh && known.breaker?.until === undefined;
  return holds ? known.breaker : read(ports, place);
}

async function read(ports: Needs, place: Place): Promise<Breaker | undefined> {
  const start = ports.clock.now();
  const item = await ports.store.get(keys.breaker(place.database, place.server), { consistent: true });
  const breaker = item && fromItem(item);
  const worked = memoryOf(ports).get(nameOf(place))?.worked ?? 0;
  if (breaker && Date.parse(breaker.since) <= worked) return reset(ports, place, breaker);
  // What worked while it was being read asks for another look
  return remember(ports, place, breaker, worked > start ? { worked } : {});
}

/** Whoever counted its first failure did not know that it has worked since. @returns what there is now. */
async function reset(ports: Needs, place: Place, { rev }: Breaker): Promise<Breaker | undefined> {
  try {
    const condition = { if: "#rev = :rev", values: { rev } };
    await untilWritten(ports, () => ports.store.write({ ...closing(place), ...condition }));
    return remember(ports, place, undefined);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return remember(ports, place, error.item && fromItem(error.item));
  }
}

/** @returns what was there instead where somebody else was faster. */
async function change(
  ports: Needs,
  place: Place,
  before: Breaker | undefined,
  after: Breaker,
): Promise<true | { readonly instead: Breaker | undefined }> {
  const key = keys.breaker(place.database, place.server);
  const expires_at = Math.floor(ports.clock.now() / 1000) + kept;
  const condition = before ? { if: "#rev = :rev", values: { rev: before.rev } } : { if: "attribute_not_exists(#rev)" };
  try {
    await untilWritten(ports, () => ports.store.write({ put: { ...key, ...after, expires_at }, ...condition }));
    remember(ports, place, after);
    return true;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return { instead: remember(ports, place, error.item && fromItem(error.item)) };
  }
}

function remember(
  ports: Needs,
  place: Place,
  breaker: Breaker | undefined,
  more: Pick<Known, "worked"> = {},
): Breaker | undefined {
  const memory = memoryOf(ports);
  const name = nameOf(place);
  memory.delete(name);
  memory.set(name, { breaker, at: ports.clock.now(), ...more });
  const [oldest] = memory.keys();
  if (memory.size > remembered && oldest !== undefined) memory.delete(oldest);
  return breaker;
}

function memoryOf({ store }: Pick<Ports, "store">): Map<string, Known> {
  const memory = memories.get(store) ?? new Map<string, Known>();
  memories.set(store, memory);
  return memory;
}

const nameOf = ({ database, server }: Place): string => `${database} ${server}`;
