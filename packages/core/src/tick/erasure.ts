import { run } from "../erasure/run.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import { moveOn } from "./move.ts";

/** How long one tick goes on with an erasure, in ms. */
const patience = 20_000;

/** An erasure that one call was too short for, or that is swept once more. */
export async function takeUp(ports: Ports, { pk, sk, due_sk }: Item): Promise<void> {
  const item = await ports.store.get({ pk, sk }, { consistent: true });
  if (!item || item["due_sk"] !== due_sk) return;
  const { id, database } = item as unknown as Record<"id" | "database", string>;
  const moved = await moveOn(ports, { pk, sk }, { id, seen: String(due_sk), times: Number(item["due_n"] ?? 0) });
  if (moved) await run(ports, database, id, ports.clock.now() + patience);
}
