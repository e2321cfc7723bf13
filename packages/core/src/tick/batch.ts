import { finish } from "../batch/finish.ts";
import { failAll } from "../batch/lost.ts";
import * as Manifest from "../batch/manifest.ts";
import { fromItem } from "../batch/record.ts";
import { fromItem as versionOf } from "../database/version.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import { moveOn } from "./move.ts";

/** A batch that was committed and never finished: its process died, or its heads could not all be written. */
export async function takeUp(ports: Ports, { pk, sk, due_sk }: Item): Promise<void> {
  const item = await ports.store.get({ pk, sk }, { consistent: true });
  if (!item || item["due_sk"] !== due_sk) return;
  const batch = fromItem(item);
  const times = Number(item["due_n"] ?? 0);
  if (!(await moveOn(ports, { pk, sk }, { id: batch.id, seen: String(due_sk), times }))) return;
  const found = await ports.store.get(keys.version(batch.database), { consistent: true });
  // Nobody is left to send it for; its object goes with the others of the database
  if (!found || found["status"] === "deleting") {
    await ports.store.write({ delete: { pk, sk } });
    return;
  }
  const version = versionOf(found);
  const manifest = await Manifest.read(ports, batch);
  if (manifest) return finish(ports, version, batch, manifest);
  ports.log.error("the object of a batch is lost, its mails fail", { database: batch.database, code: batch.id });
  await failAll(ports, version, batch);
}
