import { createHash } from "node:crypto";
import { type Id, make, timeOf } from "../id.ts";
import * as keys from "../keys.ts";
import type { Item, Update } from "../ports/store.ts";
import { keptDays } from "../thread/record.ts";

/** What a user is told in the inbox (R-NOT-1). */
export interface InboxRecord {
  readonly id: Id<"inbox">;
  /** The user's address, normalised. */
  readonly user: string;
  readonly thread: Id<"thread">;
  readonly message: Id<"message">;
  readonly created_at: string;
  /** Null = not yet. */
  readonly read_at: string | null;
}

/** The id of the entry for a user about a message: the same for whoever makes it; ids sort by the messages' time. */
export function idOf(message: Id<"message">, user: string): Id<"inbox"> {
  const noise = createHash("sha256").update(`${message}#${user}`).digest().subarray(0, 10);
  return make("inbox", { clock: { now: () => timeOf(message) }, random: { bytes: () => noise } });
}

/**
 * The two writes of an entry; its id is made of message and user, so that writing it twice makes one. They are updates:
 * what was read meanwhile stays read. `now` in ms.
 */
export function puts(
  db: string,
  { user, thread, message, created_at }: Pick<InboxRecord, "user" | "thread" | "message" | "created_at">,
  now: number,
): Update[] {
  const id = idOf(message, user);
  const expires_at = Math.floor(now / 1000) + keptDays * 86_400;
  return [
    { update: keys.inbox(db, user, id), set: { user, thread, message, created_at, expires_at } },
    { update: keys.inboxId(db, id), set: { user, expires_at } },
  ];
}

/** The record in an item; what nobody has read has no `read_at`. */
export function fromItem({ sk, read_at, ...item }: Item): InboxRecord {
  const { user, thread, message, created_at } = item as unknown as InboxRecord;
  const read = typeof read_at === "string" ? read_at : null;
  return { id: sk as Id<"inbox">, user, thread, message, created_at, read_at: read };
}
