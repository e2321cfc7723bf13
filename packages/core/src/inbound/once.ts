import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Put } from "../ports/store.ts";

/** How long a mail that came in is known again, in days: longer than a queue, its dead letters or a mail server tries. */
export const days = 40;

type Needs = Pick<Ports, "store" | "clock">;

/** The recipients of a database that this mail has not come in for yet (R-IN), strongly read. */
export async function fresh(
  { store, clock }: Needs,
  db: string,
  identity: string,
  recipients: readonly string[],
): Promise<string[]> {
  const of = (recipient: string) => keys.receivedOnce(db, identity, recipient);
  const items = await store.batchGet(recipients.map(of), { consistent: true });
  const now = clock.now() / 1000;
  // TTL deletes late, so the time counts
  const known = new Set(items.filter(({ expires_at }) => Number(expires_at) > now).map(({ sk }) => sk));
  return recipients.filter((recipient) => !known.has(of(recipient).sk));
}

/** The writes that say it has come in for them; each fails where somebody was faster. `now` in ms. */
export const writes = (db: string, identity: string, recipients: readonly string[], now: number): Put[] =>
  recipients.map((recipient) => ({
    put: { ...keys.receivedOnce(db, identity, recipient), expires_at: Math.floor(now / 1000) + days * 86_400 },
    if: "attribute_not_exists(pk) OR #expires_at <= :now",
    values: { now: Math.floor(now / 1000) },
  }));
