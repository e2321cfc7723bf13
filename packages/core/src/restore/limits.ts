import { fromItem, type Version } from "../database/version.ts";
import * as keys from "../keys.ts";
import { dayOf } from "../limit/day.ts";
import type { Ports } from "../ports/main.ts";

/** How long a day's counter is kept, in seconds. */
const kept = 400 * 86_400;

/**
 * Leaves nothing of the daily limits that were in use when the former table was: how much of them was used after the
 * point of the restore is lost with it, and a limit lets no more than itself through (R-LIM-3: fails closed). It is so
 * until the reset; a raised `daily_limit` makes room at once, as ever. A day that began after `stopped` is whole.
 * @param stopped ms @returns how many databases it is.
 */
export async function close(ports: Ports, stopped: number): Promise<number> {
  let closed = 0;
  let cursor: string | undefined;
  do {
    const query = { pk: "DATABASES", index: "list", limit: 100 } as const;
    const page = await ports.store.query({ ...query, ...(cursor !== undefined && { cursor }) });
    const found = await ports.store.batchGet(page.items, { consistent: true });
    for (const version of found.map(fromItem)) if (await closeOne(ports, version, stopped)) closed++;
    cursor = page.cursor;
  } while (cursor !== undefined);
  return closed;
}

async function closeOne(
  { store, clock }: Ports,
  { id, reset_utc, limit, limit_rev }: Version,
  stopped: number,
): Promise<boolean> {
  const day = dayOf(clock.now(), reset_utc);
  if (dayOf(stopped, reset_utc) !== day) return false;
  const expires_at = Math.floor(clock.now() / 1000) + kept;
  // Told of nothing more: 100 % is not what was used, but what may have been
  await store.write({ put: { ...keys.usage(id, day), left: 0, limit, limit_rev, warned: 100, expires_at } });
  return true;
}
