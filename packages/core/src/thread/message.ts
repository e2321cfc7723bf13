import { isOver } from "../email/lifetime.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import { type MessageRecord, note } from "./record.ts";
import * as ReplyRef from "./reply-ref.ts";

/** The item of a message, strongly read; undefined where there is none (any more). */
export async function find(
  { store, clock }: Pick<Ports, "store" | "clock">,
  db: string,
  thread: string,
  id: string,
): Promise<Item | undefined> {
  const item = await store.get(keys.message(db, thread, id), { consistent: true });
  return item && !isOver(item, clock.now()) ? item : undefined;
}

/** The same by its id alone: what answers to it lead to says which thread it is on. */
export async function ofId(ports: Pick<Ports, "store" | "clock">, db: string, id: string): Promise<Item | undefined> {
  const ref = ReplyRef.fromItem(await ports.store.get(keys.replyTo(db, id)), ports.clock.now());
  return ref && find(ports, db, ref.thread, id);
}

/** How far back a message is looked for that is no note: who has more notes in a row answers nothing. */
const farthest = 200;

/**
 * The message before another on its thread, which it answers where it says nothing else. Notes are before notes alone:
 * what customers get is to say nothing of one, not even what it was of (R-NOT-2).
 */
export async function before(
  { store, clock }: Pick<Ports, "store" | "clock">,
  db: string,
  { thread, id, subtype }: Pick<MessageRecord, "thread" | "id" | "subtype">,
): Promise<MessageRecord | undefined> {
  const { pk, sk } = keys.message(db, thread, id);
  const above = keys.messagePrefix;
  let below = sk;
  // The bound itself is read with it, and left out of the answer
  for (let seen = 0, limit = 2; seen < farthest; limit = 20) {
    const { items } = await store.query({ pk, above, below, descending: true, limit });
    const found = items.find((one) => subtype === note || one["subtype"] !== note);
    const last = items.at(-1);
    if (found || !last) return found && !isOver(found, clock.now()) ? fromItem(found) : undefined;
    seen += items.length;
    below = last.sk;
  }
  return undefined;
}

/** The record in an item, without its content. */
export const fromItem = ({ pk: _pk, sk: _sk, data: _data, ...record }: Item): MessageRecord =>
  record as unknown as MessageRecord;
