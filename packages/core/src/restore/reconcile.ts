import { shards } from "../email/due.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import * as Batch from "../tick/batch.ts";
import * as Email from "./email.ts";
import * as Limits from "./limits.ts";
import * as Line from "./line.ts";
import * as Mark from "./mark.ts";
import * as Message from "./message.ts";

/** Items that are worked on at a time: everything stands still meanwhile, and there may be many. */
const width = 16;

/** What the operator says of a restore. */
export interface Restore {
  /** The moment the table was restored to, in ms. */
  readonly point: number;
  /** The last moment at which the installation worked on the former table, in ms. */
  readonly stopped: number;
  /** What becomes of daily limits of which nobody knows any more how much was used: nothing is left of them, or they stay. */
  readonly limits: "close" | "keep";
}

/** What was done. A second run over the same table has done nothing but close limits. */
export interface Reconciled {
  /** Emails that waited, and may have gone out since: ended as failed, type `unknown`. */
  readonly ended: number;
  /** Scheduled emails whose time came after the end of the former table: they stay, and say that they are of a restored table. */
  readonly noted: number;
  /** Messages of threads whose followers were not all told yet: the rest is not told. */
  readonly untold: number;
  /** Databases of whose daily limit nothing is left until its reset. */
  readonly closed: number;
}

/**
 * Makes a table that was restored to an earlier moment safe to go on with, while nothing else works on it. What waited
 * then may have been sent since, and nobody knows any more: such mail is not sent again, but ended as unknown (G3), in
 * the red envelope, where `retry` sends it anew. Events of SES that still come correct it. What had ended then may have
 * been tried again since: a later `retry` says so. What came after the point is not touched, so it may be run again, also after a crash at any place.
 */
export async function reconcile(ports: Ports, restore: Restore): Promise<Reconciled> {
  const until = restore.point + Email.apart;
  await Mark.put(ports, until);
  // Their mails are due only once they are written
  await each(ports, async (item) => {
    if (item.pk.startsWith("BATCH#")) await Batch.takeUp(ports, item);
    return 0;
  });
  const span: Email.Span = { until, from: restore.stopped + Email.apart };
  const noted = await each(ports, (item) => Email.note(ports, item, span));
  const untold = await each(ports, (item) => Message.giveUp(ports, item, until));
  const lines = await each(ports, (item) => Line.end(ports, item, span));
  const ended = lines + (await each(ports, (item) => Email.end(ports, item, span)));
  const closed = restore.limits === "close" ? await Limits.close(ports, restore.stopped) : 0;
  return { ended, noted, untold, closed };
}

/** Goes through all that is due at any time, page by page. @returns the sum of what `work` answers. */
async function each(ports: Ports, work: (item: Item) => Promise<number>): Promise<number> {
  let sum = 0;
  for (let shard = 0; shard < shards; shard++) {
    let cursor: string | undefined;
    do {
      const query = { pk: `DUE#${shard}`, index: "due", limit: 100 } as const;
      const page = await ports.store.query({ ...query, ...(cursor !== undefined && { cursor }) });
      for (let n = 0; n < page.items.length; n += width)
        for (const done of await Promise.all(page.items.slice(n, n + width).map(work))) sum += done;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
  return sum;
}
