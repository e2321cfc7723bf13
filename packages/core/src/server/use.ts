import { untilWritten } from "../dispatch/write.ts";
import * as keys from "../keys.ts";
import { inTurn } from "../limit/turn.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, type Store } from "../ports/store.ts";
import { type Use, unused } from "./limit.ts";

export type Needs = Pick<Ports, "store" | "clock" | "random">;

/** Which server of which database. */
export interface Place {
  readonly database: string;
  readonly server: string;
}

/** Changes that meet somebody else's are made anew so often; then the mail waits. */
const tries = 10;

/** What a server nobody sends over any more has used is forgotten, in seconds: later than any mail waits for it. */
const kept = 40 * 86_400;

/** What this process has last seen of a server's use, and when (ms); it may have changed since. */
export interface Seen {
  readonly use: Use;
  readonly at: number;
}

const memories = new WeakMap<Store, Map<string, Seen>>();
const remembered = 1_000;

/** What this process has last seen of a server's use. */
export const lastSeen = ({ store }: Pick<Ports, "store">, place: Place): Seen | undefined =>
  memories.get(store)?.get(nameOf(place));

/** The use of a server, read strongly. */
export async function read(ports: Pick<Ports, "store" | "clock">, place: Place): Promise<Use> {
  const key = keys.serverUse(place.database, place.server);
  return remember(ports, place, await ports.store.get(key, { consistent: true }));
}

/** Work on a server's use, one after another within the process: side by side they would only cancel each other. */
export const alone = <T>({ store }: Pick<Ports, "store">, place: Place, work: () => Promise<T>): Promise<T> =>
  inTurn(store, `use ${nameOf(place)}`, work);

/**
 * Changes the use of a server under the revision it was seen in, and looks again where somebody else was faster. It
 * begins with what this process remembers; that there is nothing to change is believed of a use seen in this call only.
 * @param next what it becomes; undefined = nothing is to be changed after all.
 * @param unlessJoined see {@link replace}.
 * @returns the use as it then is; undefined where `next` said so, or too many were faster.
 */
export const change = (
  ports: Needs,
  place: Place,
  next: (use: Use) => Use | undefined,
  unlessJoined = false,
): Promise<Use | undefined> =>
  alone(ports, place, async () => {
    let use = lastSeen(ports, place)?.use;
    if (!use || !next(use)) use = await read(ports, place);
    for (let n = 0; n < tries; n++) {
      const wanted = next(use);
      if (!wanted) return undefined;
      const written = await replace(ports, place, use, wanted, unlessJoined);
      if (written.done) return written.use;
      use = written.use;
    }
    return undefined;
  });

/**
 * One such change.
 * @param unlessJoined only where nobody has joined the line since. Without it `waiting` stays as it is: mail that joins
 * all the time must not keep the line from being released.
 * @returns whether it was made, and the use as it is.
 */
export async function replace(
  ports: Needs,
  place: Place,
  { rev, waiting: seen }: Use,
  { minute, used, reserved, day, day_used, waiting }: Use,
  unlessJoined = false,
): Promise<{ readonly done: boolean; readonly use: Use }> {
  const expires_at = Math.ceil(ports.clock.now() / 1000) + kept;
  const set = { minute, used, reserved, day, day_used, rev: rev + 1, expires_at, ...(unlessJoined && { waiting }) };
  const conditions = [
    rev === 0 ? "attribute_not_exists(#rev)" : "#rev = :rev",
    ...(unlessJoined ? ["(attribute_not_exists(#waiting) OR #waiting = :waiting)"] : []),
  ];
  const write = {
    update: keys.serverUse(place.database, place.server),
    set,
    if: conditions.join(" AND "),
    values: { ...(rev > 0 && { rev }), ...(unlessJoined && { waiting: seen }) },
  };
  try {
    const item = await untilWritten(ports, () => ports.store.write(write));
    return { done: true, use: remember(ports, place, item) };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return { done: false, use: remember(ports, place, error.item) };
  }
}

/** Has this process read the use anew. */
export const forget = ({ store }: Pick<Ports, "store">, place: Place): void =>
  void memories.get(store)?.delete(nameOf(place));

/** The use in an item; a server that was only waited for has no more than that in it. */
export function fromItem(item: Item | undefined): Use {
  const { minute, used, reserved, day, day_used, waiting, rev } = { ...unused, ...(item as Partial<Use> | undefined) };
  return { minute, used, reserved, day, day_used, waiting, rev };
}

function remember({ store, clock }: Pick<Ports, "store" | "clock">, place: Place, item: Item | undefined): Use {
  const memory = memories.get(store) ?? new Map<string, Seen>();
  memories.set(store, memory);
  if (memory.size >= remembered) memory.clear();
  const use = fromItem(item);
  memory.set(nameOf(place), { use, at: clock.now() });
  return use;
}

const nameOf = ({ database, server }: Place): string => `${database} ${server}`;
