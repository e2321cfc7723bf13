import type { CheckRecord } from "../domain/check.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import { message } from "../provision/order.ts";
import { moveOn } from "./move.ts";

/** A domain whose records are to be looked at again, or that is to be let go of: puts it on the provisioning queue. */
export async function takeUp(ports: Ports, { pk, sk, due_sk }: Item): Promise<void> {
  const item = await ports.store.get({ pk, sk }, { consistent: true });
  // The index is eventually consistent: the item itself says whether it is due.
  if (!item || item["due_sk"] !== due_sk) return;
  const { id, database, name } = item as unknown as CheckRecord;
  const moved = await moveOn(ports, { pk, sk }, { id, seen: String(due_sk), times: Number(item["due_n"] ?? 0) });
  if (moved) await ports.queue.send("provision", [message(database, { id, name })]);
}
