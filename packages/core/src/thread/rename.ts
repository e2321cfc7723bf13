import type { Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Write } from "../ports/store.ts";
import { retry } from "../retry.ts";
import { isOutrun, name } from "./ensure.ts";
import { byId, idOf } from "./find.ts";
import { keptDays, type ThreadRecord } from "./record.ts";
import { assertRef } from "./ref.ts";

/**
 * Gives the thread of a record that was not known yet the record's id (R-IN-6): from now on it is found by that, and for
 * 400 days more by the id it had. Repeated with the same id it changes nothing.
 * @throws AppError not_found when the thread is gone; invalid_parameter; conflict where it has another record already, or
 *   the record another thread.
 */
export async function rename(
  ports: Pick<Ports, "store" | "clock" | "random">,
  { id: db }: Version,
  { id }: Pick<ThreadRecord, "id">,
  record_id: string,
): Promise<ThreadRecord> {
  return retry(ports, isOutrun, async () => {
    const thread = await byId(ports, db, id);
    if (!thread) throw new AppError("not_found", "The thread of this mail was deleted.");
    assertRef({ model: thread.model, record_id });
    const { is_new, ...known } = thread;
    if (!is_new && thread.record_id === record_id) return thread;
    if (!is_new)
      throw new AppError(
        "conflict",
        `The thread of this mail is of record ${thread.record_id} already: leave it there.`,
      );
    const seen = await idOf(ports, db, { model: thread.model, record_id });
    if (seen !== undefined && seen !== id && (await byId(ports, db, seen))) throw hasOwn(thread);
    const renamed = { ...known, record_id, former_record_id: thread.record_id };
    await ports.store.transact(writes(thread, renamed, seen, ports.clock.now()));
    return renamed;
  });
}

const hasOwn = ({ model }: ThreadRecord): AppError =>
  new AppError(
    "conflict",
    `The record has a thread of its own already. Where nothing on that is wanted, DELETE /v1/threads/${model}/{record_id} and confirm again; else confirm without \`record_id\`, and the mail's thread keeps the id it has. PUT the thread of a new record after you confirm, not before.`,
  );

/** The thread's own first: whoever else renames it meanwhile is faster. `now` in ms. */
function writes(thread: ThreadRecord, renamed: ThreadRecord, seen: string | undefined, now: number): Write[] {
  const { database: db, id, model, record_id: former } = thread;
  const { record_id } = renamed;
  const own: Write = {
    update: keys.thread(db, id),
    set: { record_id, former_record_id: former },
    remove: ["is_new"],
    if: "#is_new = :yes AND attribute_not_exists(deleted_at)",
    values: { yes: true },
  };
  // Confirmed under the id it has
  if (record_id === former) return [own];
  const until = Math.floor(now / 1000) + keptDays * 86_400;
  const pointer: Write = {
    update: keys.threadName(db, model, former),
    set: { expires_at: until },
    if: "#thread = :id",
    values: { id },
  };
  return [own, name(renamed, seen, now), pointer];
}
