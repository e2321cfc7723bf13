import { listPartition, listShards } from "../email/due.ts";
import { fromItem } from "../email/head.ts";
import { lifetimes } from "../email/lifetime.ts";
import type { Id } from "../id.ts";
import * as keys from "../keys.ts";
import { dayOf } from "../limit/day.ts";
import type { Ports } from "../ports/main.ts";
import type { Item, Key, Query } from "../ports/store.ts";
import { shards } from "../statistics/day.ts";
import { clear } from "../thread/clear.ts";
import type { Version } from "./version.ts";

/** How many deletions are under way at once. */
const parallel = 25;
/** Partitions that are gone through at once. */
const width = 8;
const dayMs = 86_400_000;

/** The time is up; what is left is erased by the next call. */
export class Unfinished extends Error {
  override readonly name = "Unfinished";
}

/** What must be known of a database to erase all of it. */
export type Erased = Pick<Version, "id" | "created_at" | "reset_utc">;

type Needs = Pick<Ports, "store" | "blobs" | "clock">;

/**
 * Erases all that is stored of a database but one item of its own, which leads here, and the claim on its name. Each
 * kind goes in an order in which what is left can still be found, so a call that was cut short is simply made again.
 * @param kept the sort key of that item. @param deadline ms; @throws Unfinished once it is over.
 */
export async function erase(ports: Needs, database: Erased, kept: string, deadline: number): Promise<void> {
  const { id } = database;
  const { pk } = keys.version(id);
  await eraseKeys(ports, id, deadline);
  await eraseEmails(ports, database, deadline);
  await eraseObjects(ports, id, deadline);
  await eraseUsage(ports, database, deadline);
  await eraseLines(ports, id, deadline);
  await eraseWebhooks(ports, id, deadline);
  await eraseThreads(ports, id, deadline);
  await eraseInboxes(ports, id, deadline);
  const [batches, outbox] = [keys.batch(id, "").pk, keys.outbox(id, "").pk];
  const whole = [batches, outbox, keys.suppression(id, "").pk, keys.optOut(id, "").pk, keys.audit(id, "").pk];
  const spread = [...keys.idempotencies(id), ...keys.messageIds(id), ...keys.receivedOnces(id), ...keys.replyTos(id)];
  const answers = [keys.loop(id, "", ""), keys.answered(id, "", "", "")];
  const others = [keys.alias(id, ""), keys.user(id, ""), keys.incomingServer(id, ""), ...answers];
  whole.push(...others.map((key) => key.pk));
  const all = [...whole, keys.softBounces(id, "").pk, keys.received(id, "").pk, ...spread];
  await several(all, (each) => remove(ports, deadline, pages(ports, { pk: each })));
  await remove(ports, deadline, pages(ports, { pk }), (item) => item.sk !== kept);
}

/** The claim goes before the entry that leads to it. */
async function eraseKeys(ports: Needs, db: string, deadline: number): Promise<void> {
  const { pk } = keys.version(db);
  for await (const items of pages(ports, { pk, prefix: keys.apiKeyPrefix })) {
    const ids = items.map(({ sk }) => sk.slice(keys.apiKeyPrefix.length));
    await removeAll(ports, deadline, ids.map(keys.keyClaim));
    await removeAll(ports, deadline, items);
  }
}

/** The list index has every email by month and shard; bodies lie by month, with a head or without. */
async function eraseEmails(ports: Needs, database: Erased, deadline: number): Promise<void> {
  const { id } = database;
  for (const month of months(database, ports.clock.now())) {
    for (let shard = 0; shard < listShards; shard++) {
      const partition = pages(ports, { index: "list", pk: listPartition(id, month, shard) });
      for await (const heads of partition) await eachOf(deadline, ports, heads, (head) => eraseEmail(ports, head));
    }
    await several(keys.emailBodies(id, month), (pk) => remove(ports, deadline, pages(ports, { pk })));
  }
}

/** Erases all of an email, its body too, item or object; the head, which holds the index entry, goes last. */
export async function eraseEmail(ports: Pick<Ports, "store" | "blobs">, { pk }: Pick<Key, "pk">): Promise<void> {
  const items: Item[] = [];
  for await (const page of pages(ports, { pk, consistent: true })) items.push(...page);
  const item = items.find(({ sk }) => sk === "HEAD");
  for (const each of items) if (each !== item) await deleteOne(ports, each);
  if (!item) return;
  const { database, id, blob } = fromItem(item);
  if (blob === undefined) await deleteOne(ports, keys.emailBody(database, id));
  else await ports.blobs.delete(blob);
  await deleteOne(ports, item);
}

/** Objects of emails, with a head or without. */
async function eraseObjects({ blobs, clock }: Needs, db: string, deadline: number): Promise<void> {
  for (const prefix of lifetimes.map((days) => `keep-${days}d/${db}/`)) {
    for (let found = await blobs.list(prefix); found.length > 0; found = await blobs.list(prefix)) {
      if (clock.now() >= deadline) throw new Unfinished("more is left to be erased");
      for (let n = 0; n < found.length; n += parallel)
        await Promise.all(found.slice(n, n + parallel).map((key) => blobs.delete(key)));
    }
  }
}

/** That of the platform and those of its servers; the line of a server that is gone ends by itself, its database gone. */
async function eraseLines(ports: Needs, id: Erased["id"], deadline: number): Promise<void> {
  const prefix = keys.configuration(id, "server", "").sk;
  const lines = [keys.line(id, "platform").pk];
  for await (const servers of pages(ports, { pk: keys.version(id).pk, prefix }))
    lines.push(...servers.map(({ sk }) => keys.line(id, sk.slice(prefix.length) as Id<"server">).pk));
  for (const pk of lines) await remove(ports, deadline, pages(ports, { pk }));
}

/** Deliveries to an endpoint, or to a former one, go before what leads to them. */
async function eraseWebhooks(ports: Needs, db: string, deadline: number): Promise<void> {
  for await (const items of pages(ports, { pk: keys.webhook(db, "").pk })) {
    for (const { sk } of items)
      await remove(ports, deadline, pages(ports, { pk: keys.delivery(db, sk.slice(sk.indexOf("#") + 1), "").pk }));
    await removeAll(ports, deadline, items);
  }
}

/** Names lead to the threads, those of threads that are being deleted too: they go last. */
const eraseThreads = (ports: Needs, db: string, deadline: number): Promise<void> =>
  several(keys.threadNames(db), async (pk) => {
    for await (const items of pages(ports, { pk })) {
      for (const { thread } of items)
        if (!(await clear(ports, db, String(thread), deadline))) throw new Unfinished("more is left to be erased");
      await removeAll(ports, deadline, items);
    }
  });

/** Each entry before what says whose it is. */
const eraseInboxes = (ports: Needs, db: string, deadline: number): Promise<void> =>
  several(keys.inboxIds(db), async (pk) => {
    for await (const items of pages(ports, { pk })) {
      const entries = items.map(({ sk, user }) => keys.inbox(db, String(user), sk));
      await removeAll(ports, deadline, entries);
      await removeAll(ports, deadline, items);
    }
  });

/** Partitions some at a time, for most are empty: read one by one they would take longer than what is in them. */
async function several(partitions: readonly string[], act: (pk: string) => Promise<void>): Promise<void> {
  for (let n = 0; n < partitions.length; n += width) {
    const ended = await Promise.allSettled(partitions.slice(n, n + width).map(act));
    const failed = ended.find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  }
}

/** Counters are each alone on their key: every day since the database was made. */
async function eraseUsage(ports: Needs, { id, created_at, reset_utc }: Erased, deadline: number): Promise<void> {
  const days = new Set<string>();
  const end = ports.clock.now() + dayMs;
  for (let at = Date.parse(created_at) - dayMs; at <= end; at += dayMs) days.add(dayOf(at, reset_utc));
  const statistics = [...days].flatMap((day) => Array.from({ length: shards }, (_, n) => keys.statistic(id, day, n)));
  const counters = await ports.store.batchGet([...[...days].map((day) => keys.usage(id, day)), ...statistics]);
  await removeAll(ports, deadline, counters);
}

/** A moment in each month since the database was made, and in the next: clocks differ. */
export function months({ created_at }: Pick<Erased, "created_at">, now: number): number[] {
  const start = new Date(created_at);
  const found: number[] = [];
  for (let n = -1; found.at(-1) === undefined || (found.at(-1) ?? 0) <= now; n++)
    found.push(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + n, 15));
  return [...found, now + 31 * dayMs];
}

async function* pages({ store }: Pick<Ports, "store">, query: Query): AsyncGenerator<Item[]> {
  let cursor: string | undefined;
  do {
    const page = await store.query({ ...query, limit: 500, ...(cursor === undefined ? {} : { cursor }) });
    yield page.items;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

async function remove(
  ports: Needs,
  deadline: number,
  found: AsyncGenerator<Item[]>,
  chosen: (item: Item) => boolean = () => true,
): Promise<void> {
  for await (const items of found) await removeAll(ports, deadline, items.filter(chosen));
}

const removeAll = (ports: Needs, deadline: number, found: readonly Key[]): Promise<void> =>
  eachOf(deadline, ports, found, (key) => deleteOne(ports, key));

async function deleteOne({ store }: Pick<Ports, "store">, { pk, sk }: Key): Promise<void> {
  await store.write({ delete: { pk, sk } });
}

/** Does so many at once, as long as there is time. */
async function eachOf(
  deadline: number,
  { clock }: Needs,
  found: readonly Key[],
  act: (key: Key) => Promise<void>,
): Promise<void> {
  for (let n = 0; n < found.length; n += parallel) {
    if (clock.now() >= deadline) throw new Unfinished("more is left to be erased");
    await Promise.all(found.slice(n, n + parallel).map(act));
  }
}
