import { isOver } from "../email/lifetime.ts";
import { AppError } from "../error.ts";
import { is } from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import type { RecordRef, ThreadRecord } from "./record.ts";

/** The thread of a record, strongly read; undefined where there is none. The name it had before it was renamed counts. */
export async function byRecord(
  ports: Pick<Ports, "store" | "clock">,
  db: string,
  ref: RecordRef,
): Promise<ThreadRecord | undefined> {
  const id = await idOf(ports, db, ref);
  return id === undefined ? undefined : byId(ports, db, id);
}

/** The id that the name of a record stands for, strongly read; what it names may be on its way out. */
export async function idOf(
  { store, clock }: Pick<Ports, "store" | "clock">,
  db: string,
  { model, record_id }: RecordRef,
): Promise<string | undefined> {
  const name = await store.get(keys.threadName(db, model, record_id), { consistent: true });
  return name && !isOver(name, clock.now()) ? String(name["thread"]) : undefined;
}

/** The thread of an id, strongly read; undefined where there is none (any more). */
export async function byId({ store }: Pick<Ports, "store">, db: string, id: string): Promise<ThreadRecord | undefined> {
  const item = is("thread", id) ? await store.get(keys.thread(db, id), { consistent: true }) : undefined;
  return item && item["deleted_at"] === undefined ? fromItem(item) : undefined;
}

/** The thread of a record. @throws AppError not_found */
export async function get(ports: Pick<Ports, "store" | "clock">, db: string, ref: RecordRef): Promise<ThreadRecord> {
  const thread = await byRecord(ports, db, ref);
  if (thread) return thread;
  throw new AppError(
    "not_found",
    "The database has no thread of this record: PUT it, or post a message on it, to make one.",
  );
}

/** The record in an item. */
export const fromItem = ({ pk: _pk, sk: _sk, ...record }: Item): ThreadRecord => record as unknown as ThreadRecord;
