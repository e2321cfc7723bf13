import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Key, type Store } from "../ports/store.ts";

/** How exactly a last use is known, in ms: so seldom it is written. */
const grain = 3_600_000;

/** When this process last saw to it that a key's use is written. */
const seen = new WeakMap<Store, Map<string, number>>();
const cached = 10_000;

type Needs = Pick<Ports, "store" | "clock" | "log">;

/**
 * Keeps that a key was used: at most one write an hour and key, by condition, whichever process is first. It never
 * fails: that a use could not be written is logged, and the request goes on.
 * @param item what holds the key.
 * @param last its last use as just read, where it was read.
 */
export async function touch(ports: Needs, item: Key, last?: string | null): Promise<void> {
  const now = ports.clock.now();
  const entries = seen.get(ports.store) ?? new Map<string, number>();
  seen.set(ports.store, entries);
  const id = `${item.pk} ${item.sk}`;
  const known = Math.max(entries.get(id) ?? 0, Date.parse(last ?? "") || 0);
  if (now - known < grain) return;
  entries.delete(id);
  entries.set(id, now);
  const [oldest] = entries.keys();
  if (entries.size > cached && oldest !== undefined) entries.delete(oldest);
  try {
    await write(ports, item, now);
  } catch (error) {
    // Another process was faster, or the key was revoked meanwhile
    if (!(error instanceof ConditionFailed))
      ports.log.warn("the use of a key was not kept", { operation: "key", error });
  }
}

async function write({ store }: Needs, item: Key, now: number): Promise<void> {
  await store.write({
    update: { pk: item.pk, sk: item.sk },
    set: { last_used_at: new Date(now).toISOString() },
    if: "attribute_exists(pk) AND (attribute_not_exists(#last_used_at) OR #last_used_at <= :before)",
    values: { before: new Date(now - grain).toISOString() },
  });
}
