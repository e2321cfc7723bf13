import { fromItem as versionOf } from "../database/version.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import { fromItem, peopleKey } from "../thread/audience.ts";
import { byId } from "../thread/find.ts";
import * as Message from "../thread/message.ts";
import { tell } from "../thread/tell.ts";
import { moveOn } from "./move.ts";

/** How long one tick goes on with a message, in ms. */
const patience = 20_000;

/** A message whose followers are not all told yet: its process died, or they were too many for one call (R-NOT-2). */
export async function takeUp(ports: Ports, { pk, sk, due_sk }: Item): Promise<void> {
  const item = await ports.store.get({ pk, sk }, { consistent: true });
  if (!item || item["due_sk"] !== due_sk) return;
  const { database, thread: threadId, message: id } = fromItem(item);
  const times = Number(item["due_n"] ?? 0);
  if (!(await moveOn(ports, { pk, sk }, { id, seen: String(due_sk), times }))) return;
  const found = await ports.store.get(keys.version(database), { consistent: true });
  const gone = !found || found["status"] === "deleting";
  const thread = gone ? undefined : await byId(ports, database, threadId);
  const message = thread && (await Message.find(ports, database, threadId, id));
  if (found && thread && message) {
    await tell(ports, versionOf(found), thread, message, ports.clock.now() + patience);
    return;
  }
  // Nobody is left to tell it for, or nothing to tell
  await ports.store.write({ delete: peopleKey({ pk, sk }) });
  await ports.store.write({ delete: { pk, sk } });
}
