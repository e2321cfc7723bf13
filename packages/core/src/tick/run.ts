import { shards } from "../email/due.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import * as Database from "./database.ts";
import * as Domain from "./domain.ts";
import * as Email from "./email.ts";
import * as Operator from "./operator.ts";
import * as Release from "./release.ts";

/** Items of a shard that one tick takes up at most; the next tick goes on. */
const pageSize = 500;
/** Items taken up at a time. */
const width = 16;

/**
 * The minute's work: takes up what is due in the due index. Each item is first moved on by a conditional write, so
 * that of several ticks one wins, and a crash after it only costs time.
 */
export async function tick(ports: Ports): Promise<void> {
  const until = new Date(ports.clock.now()).toISOString();
  for (let shard = 0; shard < shards; shard++) {
    const { items } = await ports.store.query({ pk: `DUE#${shard}`, index: "due", below: until, limit: pageSize });
    for (let n = 0; n < items.length; n += width)
      await Promise.all(items.slice(n, n + width).map((item) => takeUp(ports, item)));
  }
}

/** One item's failure does not keep the others from their turn. */
async function takeUp(ports: Ports, item: Item): Promise<void> {
  try {
    if (item.pk.startsWith("MAIL#")) await Email.takeUp(ports, item);
    else if (item.pk === keys.operatorWalk.pk) await Operator.takeUp(ports, item);
    else if (item.sk.startsWith(keys.checkPrefix)) await Domain.takeUp(ports, item);
    else if (item.sk.startsWith(keys.releasePrefix)) await Release.takeUp(ports, item);
    else await Database.takeUp(ports, item);
  } catch (error) {
    ports.log.error("a due item was not taken up", { operation: "tick", code: item.pk, error });
  }
}
