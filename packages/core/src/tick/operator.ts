import * as keys from "../keys.ts";
import { walk } from "../operator/walk.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import { moveOn } from "./move.ts";

/** How long one tick carries settings on, in ms. */
const patience = 20_000;

/** The operator's settings have not been carried to every database yet: goes on where it was left. */
export async function takeUp(ports: Ports, { due_sk }: Item): Promise<void> {
  const item = await ports.store.get(keys.operatorWalk, { consistent: true });
  if (!item || item["due_sk"] !== due_sk) return;
  const times = Number(item["due_n"] ?? 0);
  if (await moveOn(ports, keys.operatorWalk, { id: keys.operatorWalk.sk, seen: String(due_sk), times }))
    await walk(ports, ports.clock.now() + patience);
}
