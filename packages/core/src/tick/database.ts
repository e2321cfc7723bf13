import { fromItem } from "../database/version.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import { moveOn } from "./move.ts";
import * as Removal from "./removal.ts";

/** Whether an item is a database, or what is left of a deleted one. */
export const owns = ({ sk }: Item): boolean => sk === keys.version("").sk || sk === keys.sweep("").sk;

/** A database that is due is not provisioned yet: puts it on its queue again; or it is being deleted. */
export async function takeUp(ports: Ports, { pk, sk, due_sk }: Item): Promise<void> {
  const item = await ports.store.get({ pk, sk }, { consistent: true });
  if (!item || item["due_sk"] !== due_sk) return;
  const { id, provisioned, status } = fromItem(item);
  if (status === "deleting" || sk === keys.sweep(id).sk) return Removal.takeUp(ports, item);
  if (provisioned) return;
  const times = Number(item["due_n"] ?? 0);
  if (await moveOn(ports, { pk, sk }, { id, seen: String(due_sk), times }))
    await ports.queue.send("provision", [{ body: { database: id }, group: id }]);
}
