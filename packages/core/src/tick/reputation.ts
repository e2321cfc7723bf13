import { due } from "../email/due.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item } from "../ports/store.ts";
import { look } from "../reputation/guard.ts";
import * as Switch from "../reputation/switch.ts";
import { moveOn } from "./move.ts";

/** A database whose rates nobody has looked at since they changed, or whose tenant is still to be switched. */
export async function takeUp(ports: Ports, { pk, sk, due_sk }: Item): Promise<void> {
  const key = { pk, sk };
  const item = await ports.store.get(key, { consistent: true });
  if (!item || item["due_sk"] !== due_sk) return;
  const db = String(item["database"]);
  const moved = await moveOn(ports, key, { id: db, seen: String(due_sk), times: Number(item["due_n"] ?? 0) });
  if (!moved) return;
  await look(ports, db);
  await Switch.carry(ports, db);
  await rest(ports, db, moved);
}

/** Until its order is confirmed; not where somebody has made it due anew, or SES has not answered. */
async function rest({ store }: Ports, db: string, { pk, sk, due_sk }: Item): Promise<void> {
  const item = await store.get({ pk, sk }, { consistent: true });
  if (!item || item["due_sk"] !== due_sk || item["switch"] === "ordered") return;
  const next = Switch.nextLook(item);
  try {
    await store.write({
      update: { pk, sk },
      ...(next === undefined ? { remove: ["due_pk", "due_sk", "due_n"] } : { set: due(db, next) }),
      if: "#due_sk = :seen",
      values: { seen: due_sk },
    });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
