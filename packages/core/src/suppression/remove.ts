import { isBusy } from "../configuration/commit.ts";
import * as Id from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, isRefused } from "../ports/store.ts";
import { retry } from "../retry.ts";
import type { EventType } from "../webhook/outbox.ts";
import { wanted } from "../webhook/wanted.ts";
import { type Entry, fromItem } from "./entry.ts";
import * as Event from "./event.ts";
import { addressOf, find, unknown } from "./named.ts";

type Needs = Pick<Ports, "store" | "clock" | "random">;

/**
 * Takes an address off the list: it is mailed again, and what happens then may suppress it again. With it goes the event
 * `suppression.removed`, where a webhook wants it.
 * @returns its id.
 * @throws AppError not_found
 */
export async function remove(ports: Needs, db: string, named: string): Promise<Entry["id"]> {
  const address = addressOf("suppression", named);
  if (await removeOne(ports, db, address, await wanted(ports, db))) return Id.of("suppression", address);
  throw unknown("suppression");
}

/** What came of removing one of many. */
export interface Removed {
  /** As it was named, or the address's. */
  readonly id: string;
  /** False where it was not on the list. */
  readonly deleted: boolean;
}

/** Takes up to 100 off the list, named by address or id: those that are on it. @returns in the order given. */
export async function removeAll(ports: Needs, db: string, named: readonly string[]): Promise<Removed[]> {
  const told = await wanted(ports, db);
  const addresses = named.map((each) => find("suppression", each));
  const unique = [...new Set(addresses)].filter((address) => address !== undefined);
  const gone = await Promise.all(unique.map((address) => removeOne(ports, db, address, told)));
  return addresses.map((address, n) =>
    address === undefined
      ? { id: named[n] ?? "", deleted: false }
      : { id: Id.of("suppression", address), deleted: gone[unique.indexOf(address)] ?? false },
  );
}

/** @returns whether it was there, and counted. */
async function removeOne(ports: Needs, db: string, address: string, told: ReadonlySet<EventType>): Promise<boolean> {
  const key = keys.suppression(db, address);
  const removal = { delete: key, if: "attribute_exists(pk)" };
  return retry(ports, isBusy, async () => {
    const item = await ports.store.get(key, { consistent: true });
    const now = ports.clock.now();
    const entry = item && fromItem(item, now);
    if (!entry) return false;
    const event = told.has("suppression.removed") ? [Event.removed(db, entry, now)] : [];
    try {
      await (event.length === 0 ? ports.store.write(removal) : ports.store.transact([removal, ...event]));
      return true;
    } catch (error) {
      if (isRefused(error) || error instanceof ConditionFailed) return false;
      throw error;
    }
  });
}
