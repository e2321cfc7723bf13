import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, type Put } from "../ports/store.ts";
import type { Destination } from "./destination.ts";

/** How long a mail that came in is known again, in days: longer than a queue, its dead letters or a mail server tries. */
export const days = 40;

/** How long what was cut short is handed in again, in days: what it becomes is kept for longer from its first time on. */
const retried = 7;

/** Recipients of one transaction: with them it has room for what it writes besides. */
export const together = 80;

type Needs = Pick<Ports, "store" | "clock">;

/** For whom a mail comes in; the key tells the same one again. */
export type Recipient = Pick<Destination, "recipient" | "key">;

/** The recipients of a database that this mail has not come in for yet (R-IN), strongly read. */
export async function fresh<T extends Recipient>(
  ports: Needs,
  db: string,
  identity: string,
  recipients: readonly T[],
): Promise<T[]> {
  const known = new Set((await proofs(ports, db, identity, recipients)).map(({ sk }) => sk));
  return recipients.filter(({ key }) => !known.has(keys.receivedOnce(db, identity, key).sk));
}

/** The ids of what the mail became for those of the recipients that it came in for before. */
export async function known(
  ports: Needs,
  db: string,
  identity: string,
  recipients: readonly Recipient[],
): Promise<string[]> {
  const found = await proofs(ports, db, identity, recipients);
  return [...new Set(found.flatMap(({ received }) => (typeof received === "string" ? [received] : [])))].toSorted();
}

async function proofs(
  { store, clock }: Needs,
  db: string,
  identity: string,
  recipients: readonly Recipient[],
): Promise<Item[]> {
  const wanted = recipients.map(({ key }) => keys.receivedOnce(db, identity, key));
  const items = await store.batchGet(wanted, { consistent: true });
  const now = clock.now() / 1000;
  // TTL deletes late, so the time counts
  return items.filter(({ expires_at }) => Number(expires_at) > now);
}

/**
 * The writes that say it has come in for them; each fails where somebody was faster. `now` in ms.
 * @param received the id of what it became; null = nothing was kept of it.
 */
export const writes = (
  db: string,
  identity: string,
  recipients: readonly Recipient[],
  now: number,
  received: string | null,
): Put[] =>
  recipients.map(({ key }) => ({
    put: {
      ...keys.receivedOnce(db, identity, key),
      ...(received !== null && { received }),
      expires_at: Math.floor(now / 1000) + days * 86_400,
    },
    if: "attribute_not_exists(pk) OR #expires_at <= :now",
    values: { now: Math.floor(now / 1000) },
  }));

/**
 * When a mail that somebody hands in came in first, however often it is handed in.
 * @param receipt what makes it the same mail
 * @param at ISO 8601 UTC: what counts where it was not there before
 */
export async function since({ store, clock }: Needs, db: string, receipt: string, at: string): Promise<string> {
  const key = keys.receivedOnce(db, receipt, "");
  const now = Math.floor(clock.now() / 1000);
  const expires_at = now + retried * 86_400;
  const isNew = "attribute_not_exists(pk) OR #expires_at <= :now";
  try {
    await store.write({ put: { ...key, at, expires_at }, if: isNew, values: { now } });
    return at;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
  const known = await store.get(key, { consistent: true });
  return typeof known?.["at"] === "string" ? known["at"] : at;
}
