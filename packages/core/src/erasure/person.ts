import { timeOf } from "../id.ts";
import * as keys from "../keys.ts";
import type { Stage } from "./stage.ts";
import { walk } from "./walk.ts";

/** Whoever it was as a user: the inbox first, what says whose an entry is before the entry, which is found by the address. */
export const person: Stage = async ({ store, ...ports }, { version: { id }, needle: { address }, cursor, before }) => {
  const { items, next } = await walk({ store, ...ports }, [keys.inbox(id, address, "").pk], cursor);
  const old = items.filter(({ sk }) => timeOf(sk) <= before);
  for (const { pk, sk } of old) {
    await store.write({ delete: keys.inboxId(id, sk) });
    await store.write({ delete: { pk, sk } });
  }
  const removed = { inbox: old.length };
  if (next !== undefined) return { removed, next };
  const user = await store.get(keys.user(id, address), { consistent: true });
  if (!user || Date.parse(String(user["created_at"])) > before) return { removed, next };
  await store.write({ delete: keys.user(id, address) });
  return { removed: { ...removed, users: 1 }, next };
};
