import { fromItem } from "../database/version.ts";
import * as keys from "../keys.ts";
import { release } from "../limit/release.ts";
import * as Line from "../line/line.ts";
import type { LineName } from "../line/name.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import * as Server from "../server/release.ts";
import { moveOn } from "./move.ts";

/** How long one tick releases mail of one line, in ms; the next tick goes on. */
export const patience = 5_000;

/** A line that is to be looked at: whoever there is room for goes on, in order. */
export async function takeUp(ports: Ports, { pk, sk, due_sk }: Item): Promise<void> {
  const item = await ports.store.get({ pk, sk }, { consistent: true });
  if (!item || item["due_sk"] !== due_sk) return;
  const database = String(item["database"]);
  const id = `${database}${String(item["line"])}`;
  const moved = await moveOn(ports, { pk, sk }, { id, seen: String(due_sk), times: Number(item["due_n"] ?? 0) });
  if (!moved) return;
  const found = await ports.store.get(keys.version(database), { consistent: true });
  if (!found) return Line.erase(ports.store, moved);
  const version = fromItem(found);
  // Its erasure comes to the line as well
  if (version.status === "deleting") return;
  const deadline = ports.clock.now() + patience;
  const line = moved["line"] as LineName;
  const looked =
    line === "platform" ? release(ports, version, deadline) : Server.release(ports, version, line, deadline);
  const { empty, at } = await looked;
  await Line.close(ports, moved, empty, at);
}
