import type { Id } from "../id.ts";
import * as keys from "../keys.ts";
import type { Item, Put } from "../ports/store.ts";
import { keptDays } from "./record.ts";

/** What an answer to an email, or to a message of a thread, belongs to (R-IN-1). */
export interface ReplyRef {
  readonly thread: Id<"thread">;
  /** The message answered; null = a mail of the thread's record that is no message of it. */
  readonly message: Id<"message"> | null;
  /** An answer to an internal note stays internal (R-NOT-2). */
  readonly internal: boolean;
}

/** Writes what an email or a message leads back to. `now` in ms. */
export const put = (db: string, id: Id<"email"> | Id<"message">, ref: ReplyRef, now: number): Put => ({
  put: { ...keys.replyTo(db, id), ...ref, expires_at: end(now) },
});

/**
 * Until when what leads to an email is kept (epoch seconds): a mail of a thread is answered long after its own end.
 * `now` in ms.
 */
export const atLeast = (
  { thread, expires_at }: { thread?: string | undefined; expires_at: number },
  now: number,
): number => (thread === undefined ? expires_at : Math.max(expires_at, end(now)));

const end = (now: number): number => Math.floor(now / 1000) + keptDays * 86_400;

/** The reference in an item; undefined once its time is over, for TTL deletes late. `now` in ms. */
export function fromItem(item: Item | undefined, now: number): ReplyRef | undefined {
  if (!item || Number(item["expires_at"]) * 1000 <= now) return undefined;
  const { thread, message, internal } = item as unknown as ReplyRef;
  return { thread, message, internal };
}
