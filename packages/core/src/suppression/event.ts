import { createHash } from "node:crypto";
import type { Put } from "../ports/store.ts";
import * as Outbox from "../webhook/outbox.ts";
import { type Asked, type Entry, entryOf } from "./entry.ts";

/**
 * `suppression.added`: the address is not mailed from now on, as was asked. Once for each time it is added. `now` in ms.
 */
export function added(db: string, asked: Asked, now: number): Put {
  const entry = entryOf(asked, now);
  return told(db, "suppression.added", entry, Date.parse(entry.created_at), now);
}

/** `suppression.removed`: the address is mailed again. `now` in ms. */
export const removed = (db: string, entry: Entry, now: number): Put => told(db, "suppression.removed", entry, now, now);

/** An address can be longer than an event's id: it stands there as a hash, with the time. */
function told(
  db: string,
  type: "suppression.added" | "suppression.removed",
  { address: email, ...data }: Entry,
  at: number,
  now: number,
): Put {
  const hash = createHash("sha256").update(email).digest("hex").slice(0, 26);
  const id = `sup_${hash}.${String(at).padStart(15, "0")}${type === "suppression.added" ? "a" : "r"}`;
  return Outbox.put(db, { id, type, data: { ...data, email } }, now);
}
