import type { Version } from "../database/version.ts";
import { due } from "../email/due.ts";
import type { Id } from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Write } from "../ports/store.ts";
import { retry } from "../retry.ts";
import { clear } from "./clear.ts";
import { isOutrun } from "./ensure.ts";
import { get } from "./find.ts";
import type { RecordRef, ThreadRecord } from "./record.ts";
import { assertRef } from "./ref.ts";

/** How long one call erases, in ms: below the API function's time-out. */
const patience = 10_000;

type Needs = Pick<Ports, "store" | "blobs" | "clock" | "random" | "operator" | "log">;

/**
 * Deletes the thread of a record with its messages, followers and files. It is gone at once: nothing is posted on it any
 * more, and answers to it attach to nothing. What one call does not get through, the tick does. Emails that told of its
 * messages are kept as any email is.
 * @throws AppError not_found, invalid_parameter
 */
export async function remove(ports: Needs, { id: db }: Version, ref: RecordRef): Promise<Id<"thread">> {
  assertRef(ref);
  const id = await retry(ports, isOutrun, async () => {
    const thread = await get(ports, db, ref);
    await ports.store.transact(close(ports, thread));
    return thread.id;
  });
  try {
    await finish(ports, db, id, ports.clock.now() + patience);
  } catch (error) {
    ports.log.warn("a thread is not erased yet, the tick goes on", { operation: "thread", database: db, error });
  }
  return id;
}

/** Its names lead nowhere from now on; what is left of it is found by the item in their place. */
function close({ clock, operator }: Needs, thread: ThreadRecord): Write[] {
  const { database, id, model, record_id, former_record_id } = thread;
  const now = clock.now();
  const names = [record_id, ...(former_record_id === undefined ? [] : [former_record_id])];
  const ours = { if: "attribute_not_exists(pk) OR #thread = :id", values: { id } };
  const again = due(id, now + operator.waits.recovery * 1000);
  return [
    {
      update: keys.thread(database, id),
      set: { deleted_at: new Date(now).toISOString() },
      if: "#record_id = :record_id AND attribute_not_exists(deleted_at)",
      values: { record_id },
    },
    ...[...new Set(names)].map((name): Write => ({ delete: keys.threadName(database, model, name), ...ours })),
    { put: { ...keys.threadRemoval(database, id), thread: id, database, due_n: 0, ...again } },
  ];
}

/** Erases what is left of a thread that is being deleted. @param deadline ms @returns whether nothing is. */
export async function finish(
  ports: Pick<Ports, "store" | "blobs" | "clock">,
  db: string,
  id: string,
  deadline: number,
): Promise<boolean> {
  const gone = await clear(ports, db, id, deadline);
  if (gone) await ports.store.write({ delete: keys.threadRemoval(db, id) });
  return gone;
}
