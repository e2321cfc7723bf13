import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import { finish } from "../thread/remove.ts";
import { moveOn } from "./move.ts";

/** How long one tick erases, in ms. */
const patience = 20_000;

/** A thread that one call was too short to delete. */
export async function takeUp(ports: Ports, { pk, sk, due_sk }: Item): Promise<void> {
  const item = await ports.store.get({ pk, sk }, { consistent: true });
  if (!item || item["due_sk"] !== due_sk) return;
  const { thread, database } = item as unknown as Record<"thread" | "database", string>;
  const times = Number(item["due_n"] ?? 0);
  const moved = await moveOn(ports, { pk, sk }, { id: thread, seen: String(due_sk), times });
  if (moved) await finish(ports, database, thread, ports.clock.now() + patience);
}
