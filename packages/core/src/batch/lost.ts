import { load } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import { attention, write } from "../dispatch/hand.ts";
import { listed } from "../email/due.ts";
import * as Event from "../email/event.ts";
import type { Head } from "../email/head.ts";
import { timeOf } from "../id.ts";
import * as keys from "../keys.ts";
import { giveBack } from "../limit/counter.ts";
import type { Ports } from "../ports/main.ts";
import { type BatchRecord, mailId } from "./record.ts";

const daySeconds = 86_400;
const why = "the object of the batch is lost, and this mail with it: send it anew";

/**
 * Ends a batch whose object is gone: every mail that has no head yet fails, with the red envelope, and its share is
 * given back to the day it was charged to, in one transaction each; then the batch is forgotten. What was accepted so
 * reaches a final state (G1), though nothing but its id is known of it. It may be done again after a crash.
 */
export async function failAll(ports: Ports, version: Version, batch: BatchRecord): Promise<void> {
  const { settings } = await load(ports, version);
  const kept = Math.max(settings.retention.heads_days, 2) * daySeconds;
  for (const [n, counted] of batch.counted.entries()) {
    if (batch.refused.includes(n)) continue;
    const head = lost(batch, n, Math.ceil(ports.clock.now() / 1000) + kept);
    const { database, id, reply = why, failure_type = "provider" } = head;
    const at = new Date(ports.clock.now()).toISOString();
    const put = { ...keys.emailHead(database, id), ...listed(database, id, timeOf(id)), ...head };
    await write(ports, [
      { put, if: "attribute_not_exists(pk)" },
      Event.put(head, { type: "failed", at, reply, failure_type }, head.expires_at),
      ...(counted > 0 && !batch.waits.includes(n) ? [giveBack(database, batch.day, counted)] : []),
    ]);
  }
  await ports.store.write({ delete: keys.batch(batch.database, batch.id) });
}

/** All that can be said of a mail whose content is lost. */
function lost({ id: batch, database }: BatchRecord, n: number, expires_at: number): Head {
  const id = mailId(batch, n);
  const at = new Date(timeOf(id)).toISOString();
  const head: Head = {
    ...{ v: 1, database, id, kind: "transactional", state: "failed", failure_type: "provider", reply: why },
    ...{ from: "", subject: "", recipients: 1, server: null, over: "platform", rule: "platform" },
    ...{ created_at: at, give_up_at: at, not_before: at, rev: 0, attempt: 1, try: 0, expires_at },
  };
  return { ...head, ...attention(head) };
}
