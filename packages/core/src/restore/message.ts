import { write } from "../idempotency/write.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Key } from "../ports/store.ts";
import * as Audience from "../thread/audience.ts";

/**
 * Gives up telling a message to those of its followers who were still to be told when the table was as it is: they may
 * have been since (R-NOT-4: never two for one message). The message itself is there, and says how many it is.
 * @param until ms: a message posted later is left alone. @returns how many messages were given up, 0 or 1.
 */
export async function giveUp(ports: Ports, { pk, sk }: Key, until: number): Promise<number> {
  if (!pk.startsWith("THR#") || !sk.startsWith(keys.audiencePrefix)) return 0;
  const item = await ports.store.get({ pk, sk }, { consistent: true });
  const record = item && Audience.fromItem(item);
  if (!record || Audience.isDone(record) || Date.parse(record.created_at) > until) return 0;
  const people = await ports.store.get(Audience.peopleKey({ pk, sk }), { consistent: true });
  const inbox = record.inbox_total - record.inbox_done;
  const email = record.email_total - record.email_done;
  await write(ports, Audience.advance(record, { inbox, email, lost: inbox + email }, ports.clock.now()));
  if (typeof people?.["blob"] === "string") await ports.blobs.delete(people["blob"]);
  return 1;
}
