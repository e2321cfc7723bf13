import { isBusy } from "../configuration/commit.ts";
import type { Version } from "../database/version.ts";
import { announced } from "../email/announced.ts";
import * as Body from "../email/body.ts";
import { type Draft, type Opens, onThread, put } from "../email/draft.ts";
import { enqueueAll } from "../email/enqueue.ts";
import * as Hold from "../email/hold.ts";
import type { Id } from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, isRefused, type Put } from "../ports/store.ts";
import { retry } from "../retry.ts";
import { ensure } from "../thread/ensure.ts";
import type { Manifest } from "./manifest.ts";
import type { BatchRecord } from "./record.ts";

/** Mails written at a time. */
const width = 25;

/**
 * Writes the heads of a batch that was committed, puts them on their queues and forgets the batch. Every write is made
 * where there is nothing yet, so it may be done again after a crash, and by several at once (G1).
 */
export async function finish(ports: Ports, version: Version, batch: BatchRecord, manifest: Manifest): Promise<void> {
  const { entries } = manifest;
  const taken = entries.flatMap(({ email }, n) => (batch.refused.includes(n) ? [] : [{ email, n }]));
  const drafts = await onThreads(ports, version, taken);
  const waits = new Set(batch.waits);
  const writeAll = async () => {
    for (let from = 0; from < drafts.length; from += width)
      await Promise.all(
        drafts
          .slice(from, from + width)
          .map(({ email, n }) => (waits.has(n) ? hold(ports, email) : write(ports, email, put(email, batch.day)))),
      );
  };
  await (waits.size > 0 ? Hold.joining(ports, version, writeAll) : writeAll());
  await enqueueSafely(
    ports,
    batch,
    drafts.flatMap(({ email: { head }, n }) => (waits.has(n) || head.state !== "queued" ? [] : [head])),
  );
  await ports.store.write({ delete: keys.batch(batch.database, batch.id) });
}

/** A mail of a batch, and its place in that. */
interface Numbered {
  readonly email: Draft;
  readonly n: number;
}

/** Makes the threads that mails are the first on: whoever else has made one, before or meanwhile, it is the record's. */
async function onThreads(ports: Ports, version: Version, drafts: readonly Numbered[]): Promise<readonly Numbered[]> {
  const records = new Map(
    drafts.flatMap(({ email: { opens } }) => (opens ? [[nameOf(opens), opens.record] as const] : [])),
  );
  const ids = new Map<string, Id<"thread">>();
  const all = [...records];
  for (let from = 0; from < all.length; from += width)
    await Promise.all(
      all
        .slice(from, from + width)
        .map(async ([name, record]) => ids.set(name, (await ensure(ports, version, record)).id)),
    );
  return drafts.map(({ email, n }) => {
    const thread = email.opens && ids.get(nameOf(email.opens));
    return { email: thread ? onThread(email, thread) : email, n };
  });
}

const nameOf = ({ record: { model, record_id } }: Opens): string => JSON.stringify([model, record_id]);

/** The head goes last: whoever finds it finds all of the mail. */
async function write(ports: Ports, email: Draft, head: Put): Promise<void> {
  await Promise.all(partsOf(await announced(ports, email)).map((each) => once(ports, each)));
  await once(ports, head);
}

const partsOf = ({ recipients, messageIds, events }: Draft): Put[] => [...recipients, ...messageIds, ...events];

/** Held mail takes its place in line with its head, and lives as long as it may stand there. */
async function hold(ports: Ports, email: Draft): Promise<void> {
  const now = Date.parse(email.head.created_at);
  const held = Hold.draft(email, now);
  const head = await keepBody(ports, held.head, Hold.keptUntil(now, Hold.lifeOf(email.head)), now);
  const writes = [put({ ...held, head }, ""), ...partsOf(await announced(ports, held))];
  try {
    await retry(ports, isBusy, () => ports.store.transact(writes));
  } catch (error) {
    if (!isRefused(error)) throw error;
  }
}

/** A body that ends too early in the object of the batch gets a place of its own. `now` in ms, `end` in seconds. */
async function keepBody(ports: Ports, head: Draft["head"], end: number, now: number): Promise<Draft["head"]> {
  const body = await Body.read(ports, head);
  if (!body || body.expires_at >= end) return head;
  const packed = await Body.pack(head.database, head.id, body, now, end);
  await retry(ports, isBusy, () => Body.write(ports, head.database, head.id, packed));
  const { blob: _blob, blob_range: _range, ...rest } = head;
  return packed.blob === undefined ? rest : { ...rest, blob: packed.blob };
}

async function once(ports: Ports, write: Put): Promise<void> {
  try {
    await retry(ports, isBusy, () => ports.store.write({ ...write, if: "attribute_not_exists(pk)" }));
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/** The queue's failure is no error: the heads stand, and the tick enqueues what is due. */
async function enqueueSafely(
  ports: Ports,
  { id, database }: BatchRecord,
  heads: Parameters<typeof enqueueAll>[1],
): Promise<void> {
  try {
    await enqueueAll(ports, heads);
  } catch (error) {
    ports.log.warn("a batch was not enqueued, the tick will", { database, code: id, error });
  }
}
