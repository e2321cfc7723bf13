import { write } from "../incoming/message.ts";
import { fromItem } from "../incoming/record.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import { moveOn } from "./move.ts";

/** An incoming server whose mailbox is to be looked into: puts it on its queue, and is due again when it is. */
export async function takeUp(ports: Ports, { pk, sk, due_sk }: Item): Promise<void> {
  const item = await ports.store.get({ pk, sk }, { consistent: true });
  // The index is eventually consistent: the item itself says whether it is due.
  if (!item || item["due_sk"] !== due_sk) return;
  const { id, database, poll_minutes } = fromItem(item);
  // Half a tick early: a tick that comes a moment sooner than the last one did must not miss it
  const at = ports.clock.now() + poll_minutes * 60_000 - ports.operator.waits.tick * 500;
  const moved = await moveOn(ports, { pk, sk }, { id, seen: String(due_sk), times: 0, at });
  if (moved) await ports.queue.send("incoming", [write({ database, server: id })]);
}
