import { type Erased } from "../database/erase.ts";
import { finish, sweep } from "../database/remove.ts";
import { fromItem } from "../database/version.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import { moveOn } from "./move.ts";

/** How long one tick erases, in ms. */
const patience = 20_000;

/** A database that is being deleted, or was: goes on with it, or sweeps it once more. */
export async function takeUp(ports: Ports, item: Item): Promise<void> {
  const { id } = fromItem(item);
  const key = { pk: item.pk, sk: item.sk };
  const times = Number(item["due_n"] ?? 0);
  if (!(await moveOn(ports, key, { id, seen: String(item["due_sk"]), times }))) return;
  const deadline = ports.clock.now() + patience;
  if (item.sk === keys.sweep(id).sk) await sweep(ports, item as unknown as Erased, deadline);
  else await finish(ports, fromItem(item), deadline);
}
