import { normalize } from "../address/address.ts";
import { isBusy } from "../configuration/commit.ts";
import { type Claims, none } from "../idempotency/once.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, isRefused, type Put } from "../ports/store.ts";
import { retry } from "../retry.ts";
import type { EventType } from "../webhook/outbox.ts";
import { type Asked, type Entry, entryOf, fromItem, merge, type Stop, stopOf, stopsOf, toItem } from "./entry.ts";
import * as Event from "./event.ts";

/**
 * The write that suppresses an address (R-FAIL-5), in the transaction of what it comes from. What was seen there and leaves
 * out more, or for longer, stays beside it; the write holds as long as nobody else has changed that.
 * @param now ms @param seen the item there; absent = nobody has the address on the list.
 * @returns undefined where what was seen leaves out as much already.
 */
export function put(db: string, asked: Asked, now: number): Put;
export function put(db: string, asked: Asked, now: number, seen: Item | undefined): Put | undefined;
export function put(db: string, asked: Asked, now: number, seen?: Item): Put | undefined {
  const stops = merge(seen ? stopsOf(seen, now) : [], stopOf(asked, now));
  return stops && replacing(db, normalize(asked.address), stops, seen);
}

/** The write of the stops of an address in place of what was seen, as long as nobody else has changed that. */
export function replacing(db: string, address: string, stops: readonly Stop[], seen: Item | undefined): Put {
  const write = { put: { ...keys.suppression(db, address), ...toItem(stops) } };
  if (seen === undefined) return { ...write, if: "attribute_not_exists(pk)" };
  const decisive = ["scope", "created_at", "until", "expires_at"] as const;
  const same = decisive.map((name) =>
    seen[name] === undefined ? `attribute_not_exists(#${name})` : `#${name} = :${name}`,
  );
  const values = Object.fromEntries(
    decisive.filter((name) => seen[name] !== undefined).map((name) => [name, seen[name]]),
  );
  return { ...write, if: same.join(" AND "), values };
}

/** What came of adding one. */
export interface Added {
  readonly entry: Entry;
  /** False where what stood on the list leaves out as much, and stays. */
  readonly added: boolean;
}

type Needs = Pick<Ports, "store" | "clock" | "random">;

/** How many writes are under way at once: at some 5 ms each more than one partition takes, a thousand a second. */
const parallel = 32;

/**
 * Puts entries on the list, each by itself, where nothing as strong stands there (R-FAIL-5). What is cut short is made
 * again: what is there costs a read.
 * @param asked no address twice.
 * @param told the events that are told; `suppression.added` goes with its entry.
 * @returns what came of each, in the order given.
 */
export async function placeAll(
  ports: Needs,
  db: string,
  asked: readonly Asked[],
  told: ReadonlySet<EventType>,
): Promise<Added[]> {
  const addresses = asked.map(({ address }) => normalize(address));
  const items = await ports.store.batchGet(addresses.map((address) => keys.suppression(db, address)));
  const seen = new Map(items.map((item) => [item.sk, item]));
  const done: Added[] = [];
  for (let n = 0; n < asked.length; n += parallel) {
    const some = asked.slice(n, n + parallel);
    const placed = some.map((each, k) => place(ports, db, each, { seen: seen.get(addresses[n + k] ?? "") }, told));
    done.push(...(await Promise.all(placed)));
  }
  return done;
}

/**
 * Puts one entry on the list, by condition on what was seen there: of twins one adds it, and the other sees that.
 * @param first what was seen; undefined = it is to be looked at.
 * @param claims actions that go with it, or with finding it there.
 * @throws StoreBusy
 */
export function place(
  ports: Needs,
  db: string,
  asked: Asked,
  first: { readonly seen: Item | undefined } | undefined,
  told: ReadonlySet<EventType>,
  claims: Claims<Added> = none,
): Promise<Added> {
  const key = keys.suppression(db, normalize(asked.address));
  let known = first;
  let stays = false;
  // What is not written cannot be outrun: what fails then is the claim of a twin
  const again = (error: unknown) => (stays ? isBusy(error) : isOutrun(error));
  return retry(ports, again, async () => {
    const seen = known ? known.seen : await ports.store.get(key, { consistent: true });
    known = undefined;
    const now = ports.clock.now();
    const write = put(db, asked, now, seen);
    stays = write === undefined;
    const item = write?.put ?? seen;
    const answer = { entry: (item && fromItem(item, now)) ?? entryOf(asked, now), added: !stays };
    const event = told.has("suppression.added") ? [Event.added(db, asked, now)] : [];
    const writes = [...(write ? [write, ...event] : []), ...(await claims(answer))];
    const [only] = writes;
    if (only && writes.length === 1) await ports.store.write(only);
    else if (only) await ports.store.transact(writes);
    return answer;
  });
}

/** Somebody else was faster at this address: what stands there now is looked at again. */
export const isOutrun = (error: unknown): boolean =>
  isBusy(error) || error instanceof ConditionFailed || isRefused(error);
