import * as Copy from "../attachment/copy.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item } from "../ports/store.ts";
import * as Content from "./content.ts";
import type { MessageRecord } from "./record.ts";

/** How many deletions are under way at once. */
const parallel = 25;

type Needs = Pick<Ports, "store" | "blobs" | "clock">;

/**
 * Erases all that lies with a thread: first it takes nothing new any more, then each item goes after what it leads to,
 * the thread's own last. What was cut short is simply made again.
 * @param deadline ms @returns whether all of it is gone.
 */
export async function clear(ports: Needs, db: string, id: string, deadline: number): Promise<boolean> {
  const { pk, sk } = keys.thread(db, id);
  await close(ports, db, id);
  let cursor: string | undefined;
  do {
    const more = cursor === undefined ? {} : { cursor };
    const page = await ports.store.query({ pk, consistent: true, limit: 100, ...more });
    const items = page.items.filter((item) => item.sk !== sk);
    for (let n = 0; n < items.length; n += parallel) {
      if (ports.clock.now() >= deadline) return false;
      await Promise.all(items.slice(n, n + parallel).map((item) => drop(ports, db, item)));
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  await ports.store.write({ delete: { pk, sk } });
  return true;
}

async function close({ store, clock }: Needs, db: string, id: string): Promise<void> {
  const set = { deleted_at: new Date(clock.now()).toISOString() };
  try {
    await store.write({ update: keys.thread(db, id), set, if: "attribute_exists(pk)" });
  } catch (error) {
    // Gone already
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

async function drop({ store, blobs }: Needs, db: string, item: Item): Promise<void> {
  const { pk, sk } = item;
  for (const object of Content.keysOf(item)) await blobs.delete(object);
  if (sk.startsWith(keys.messagePrefix)) {
    const { id, message_id, files } = item as unknown as MessageRecord;
    if (files.length > 0) await Copy.drop({ blobs }, db, id);
    await store.write({ delete: keys.replyTo(db, id) });
    await store.write({ delete: keys.messageId(db, message_id, id) });
  }
  await store.write({ delete: { pk, sk } });
}
