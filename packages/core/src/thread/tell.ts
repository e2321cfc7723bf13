import type { Version } from "../database/version.ts";
import { due } from "../email/due.ts";
import type { SendRequest } from "../email/request.ts";
import { Taken } from "../idempotency/once.ts";
import { write } from "../idempotency/write.ts";
import * as Inbox from "../inbox/entry.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, type Write } from "../ports/store.ts";
import type { AudienceRecord } from "./audience.ts";
import * as Audience from "./audience.ts";
import * as Message from "./message.ts";
import { request } from "./notification.ts";
import { notify } from "./notify.ts";
import * as People from "./people.ts";
import type { ThreadRecord } from "./record.ts";
import type { Whom } from "./whom.ts";

/** Inbox entries of one transaction: two writes each, and the progress. */
const entries = 49;

/**
 * Tells the followers of a message, from where that was left, each once: every step is written with its progress, so
 * that a second process, or a crash at any place, changes nothing (G1). Inbox entries go first: no limit counts them.
 * @param item of the message @param deadline ms: the tick goes on with the rest.
 * @throws what the store throws, and an AppError for what may pass: the tick tries again.
 */
export async function tell(
  ports: Ports,
  version: Version,
  thread: ThreadRecord,
  item: Item,
  deadline: number,
): Promise<AudienceRecord | undefined> {
  const { id: message } = Message.fromItem(item);
  const key = { database: version.id, thread: thread.id, message };
  let people: Awaited<ReturnType<typeof People.read>>;
  let mail: Promise<SendRequest> | undefined;
  for (;;) {
    const record = await Audience.find(ports, key);
    if (!record || Audience.isDone(record)) {
      if (people?.blob !== undefined) await ports.blobs.delete(people.blob);
      return record;
    }
    if (ports.clock.now() >= deadline) return wake(ports, record);
    people ??= await People.read(ports, record);
    const at = ports.clock.now() + ports.operator.waits.recovery * 1000;
    try {
      if (!people) await write(ports, lost(record, at));
      else if (record.inbox_done < record.inbox_total) await enter(ports, record, people.whom, at);
      else
        await notify(
          ports,
          version,
          record,
          people.whom.email,
          () => (mail ??= request(ports, version, thread, item, record)),
          at,
        );
    } catch (error) {
      // A twin has taken that step: the next one is to be looked for
      if (!(error instanceof Taken)) throw error;
    }
  }
}

/** Writes the inbox entries of those whose turn it is. */
async function enter(ports: Ports, record: AudienceRecord, { inbox }: Whom, at: number): Promise<void> {
  const { database, thread, message, created_at } = record;
  const turn = inbox.slice(record.inbox_done, record.inbox_done + entries);
  const named = turn.filter((address) => address !== "");
  const now = ports.clock.now();
  const puts = named.flatMap((user) => Inbox.puts(database, { user, thread, message, created_at }, now));
  const step = { inbox: turn.length, entries: named.length };
  await write(ports, [...Audience.advance(record, step, at), ...puts]);
}

/** Whom it was for is gone: that they were not told is all that is left to say. */
function lost(record: AudienceRecord, at: number): Write[] {
  const inbox = record.inbox_total - record.inbox_done;
  const email = record.email_total - record.email_done;
  return Audience.advance(record, { inbox, email, lost: inbox + email }, at);
}

/** The time is over: the next tick goes on. */
async function wake({ store, clock }: Ports, record: AudienceRecord): Promise<AudienceRecord> {
  try {
    await store.write({
      update: Audience.keyOf(record),
      set: due(record.message, clock.now()),
      if: "attribute_exists(due_pk)",
    });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
  return record;
}
