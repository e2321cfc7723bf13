import { listPartition, listShards } from "../email/due.ts";
import * as keys from "../keys.ts";
import { dayOf } from "../limit/day.ts";
import type { Ports } from "../ports/main.ts";
import type { Item, Key, Query } from "../ports/store.ts";
import type { Version } from "./version.ts";

/** How many deletions are under way at once. */
const parallel = 25;
const dayMs = 86_400_000;

/** The time is up; what is left is erased by the next call. */
export class Unfinished extends Error {
  override readonly name = "Unfinished";
}

type Needs = Pick<Ports, "store" | "blobs" | "clock" | "operator">;

/**
 * Erases all that is stored of a database but its version item and the claim on its name. Each kind goes in an order
 * in which what is left can still be found, so a call that was cut short is simply made again.
 * @param deadline ms; @throws Unfinished once it is over.
 */
export async function erase(ports: Needs, version: Version, deadline: number): Promise<void> {
  await eraseKeys(ports, version.id, deadline);
  await eraseEmails(ports, version, deadline);
  await eraseUsage(ports, version, deadline);
  const kept = keys.version(version.id);
  await remove(ports, deadline, pages(ports, { pk: keys.suppression(version.id, "").pk }));
  await remove(ports, deadline, pages(ports, { pk: kept.pk }), (item) => item.sk !== kept.sk);
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

/** The list index has every email by month and shard; the head, which holds the index entry, goes last. */
async function eraseEmails(ports: Needs, version: Version, deadline: number): Promise<void> {
  for (const month of months(version, ports.clock.now())) {
    for (let shard = 0; shard < listShards; shard++) {
      const partition = pages(ports, { index: "list", pk: listPartition(version.id, month, shard) });
      for await (const heads of partition)
        await eachOf(deadline, ports, heads, (head) => eraseEmail(ports, version.id, head));
    }
  }
}

/** Erases all items of an email and its body's object; the head, by which the rest is found, goes last. */
export async function eraseEmail(
  ports: Pick<Ports, "store" | "blobs">,
  db: string,
  { pk }: Pick<Key, "pk">,
): Promise<void> {
  const items: Item[] = [];
  for await (const page of pages(ports, { pk, consistent: true })) items.push(...page);
  const head = items.find(({ sk }) => sk === "HEAD");
  const id = String(head?.["id"]);
  if (typeof head?.["blob"] === "string") await ports.blobs.delete(head["blob"]);
  if (typeof head?.["provider_id"] === "string") await deleteOne(ports, keys.messageId(db, head["provider_id"], id));
  for (const item of items) if (item !== head) await deleteOne(ports, item);
  if (head) await deleteOne(ports, head);
}

/** Counters are each alone on their key: every day since the database was made. */
async function eraseUsage(ports: Needs, version: Version, deadline: number): Promise<void> {
  const days = new Set<string>();
  const end = ports.clock.now() + dayMs;
  for (let at = Date.parse(version.created_at) - dayMs; at <= end; at += dayMs)
    days.add(dayOf(at, ports.operator.reset_utc));
  const counters = await ports.store.batchGet([...days].map((day) => keys.usage(version.id, day)));
  await removeAll(ports, deadline, counters);
}

/** A moment in each month since the database was made, and in the next: clocks differ. */
function months({ created_at }: Version, now: number): number[] {
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
