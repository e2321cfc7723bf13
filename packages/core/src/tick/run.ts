import { note } from "../doctor/tick.ts";
import { shards } from "../email/due.ts";
import * as keys from "../keys.ts";
import type { Migration } from "../migration/migration.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import * as Batch from "./batch.ts";
import * as Database from "./database.ts";
import * as Domain from "./domain.ts";
import * as Email from "./email.ts";
import * as Erasure from "./erasure.ts";
import * as Incoming from "./incoming.ts";
import * as Line from "./line.ts";
import * as Look from "./look.ts";
import { migrate, tell } from "./migration.ts";
import * as Operator from "./operator.ts";
import * as Release from "./release.ts";
import * as Reputation from "./reputation.ts";
import * as Thread from "./thread.ts";
import * as ThreadRemoval from "./thread-removal.ts";
import * as Webhook from "./webhook.ts";

/** Items of a shard that are taken up before it is the next one's turn. */
const pageSize = 100;
/** Items taken up at a time. */
export const width = 16;
/** Webhook events and deliveries that one tick takes up, once all else is; more are the next one's. */
const noted = 20_000;
/** How long a tick begins new pages, in ms: the next goes on, and none is cut off by its function's time-out. */
export const patience = 40_000;
/** Of so many ticks one gives migrations their time first: they end however much is due at each. */
const turns = 10;

/** Where a tick is in a shard of the due index. */
interface Place {
  readonly shard: number;
  readonly cursor?: string;
}

/**
 * The minute's work: takes up what is due in the due index. Each item is first moved on by a conditional write, so
 * that of several ticks one wins, and a crash after it only costs time. Shards take turns page by page, and each tick
 * begins with another, so that a long one holds up nobody. What time is left is for migrations; every tenth tick gives
 * them a little before all else.
 * @param migrations another list than the release has: tests let two releases tick on one store.
 */
export async function tick(ports: Ports, migrations?: readonly Migration[]): Promise<void> {
  await work(ports, migrations);
  await note(ports);
}

async function work(ports: Ports, migrations: readonly Migration[] | undefined): Promise<void> {
  const start = ports.clock.now();
  await tell(ports, migrations);
  const until = new Date(start).toISOString();
  const look = Look.create(ports);
  const first = Math.floor(start / (ports.operator.waits.tick * 1000));
  if (first % turns === 0) await migrate(ports, migrations, "first");
  const webhooks: Item[] = [];
  let places: Place[] = Array.from({ length: shards }, (_, n) => ({ shard: (first + n) % shards }));
  while (places.length > 0) {
    const rest: Place[] = [];
    for (const place of places) {
      if (ports.clock.now() > start + patience) return;
      const { items, next } = await readPage(ports, place, until);
      const [tells, others] = [items.filter(isWebhook), items.filter((item) => !isWebhook(item))];
      // However many wait to be told of mail, mail goes first
      if (webhooks.length < noted) webhooks.push(...tells);
      await takeUpAll(ports, others, look);
      if (next) rest.push(next);
    }
    places = rest;
  }
  for (let n = 0; n < webhooks.length && ports.clock.now() <= start + patience; n += width)
    await takeUpAll(ports, webhooks.slice(n, n + width), look);
  if (ports.clock.now() <= start + patience) await migrate(ports, migrations);
}

const isWebhook = ({ pk }: Item): boolean => pk.startsWith("EVENT#") || pk.startsWith("HOOK#");

/** A page of a shard, and where the shard goes on; `next` is undefined at its end. */
async function readPage(
  ports: Ports,
  { shard, cursor }: Place,
  until: string,
): Promise<{ items: Item[]; next: Place | undefined }> {
  const query = { pk: `DUE#${shard}`, index: "due", below: until, limit: pageSize } as const;
  const page = await ports.store.query({ ...query, ...(cursor !== undefined && { cursor }) });
  return { items: page.items, next: page.cursor === undefined ? undefined : { shard, cursor: page.cursor } };
}

async function takeUpAll(ports: Ports, items: readonly Item[], look: Look.Look): Promise<void> {
  for (let n = 0; n < items.length; n += width)
    await Promise.all(items.slice(n, n + width).map((item) => takeUp(ports, item, look)));
}

/** One item's failure does not keep the others from their turn. */
async function takeUp(ports: Ports, item: Item, look: Look.Look): Promise<void> {
  try {
    if (item.pk.startsWith("MAIL#")) await Email.takeUp(ports, item, look);
    else if (item.pk.startsWith("BATCH#")) await Batch.takeUp(ports, item);
    else if (item.pk.startsWith("LINE#")) await Line.takeUp(ports, item);
    else if (item.pk.startsWith("EVENT#")) await Webhook.takeUpEvent(ports, item, look);
    else if (item.pk.startsWith("HOOK#")) await Webhook.takeUpDelivery(ports, item, look);
    else if (item.pk.startsWith("THR#")) await Thread.takeUp(ports, item);
    else if (item.pk.startsWith("THRNAME#")) await ThreadRemoval.takeUp(ports, item);
    else if (item.pk.startsWith("INCOMING#")) await Incoming.takeUp(ports, item);
    else if (item.pk === keys.operatorWalk.pk) await Operator.takeUp(ports, item);
    else if (item.sk === keys.reputation("").sk) await Reputation.takeUp(ports, item);
    else if (item.sk.startsWith(keys.erasurePrefix)) await Erasure.takeUp(ports, item);
    else if (item.sk.startsWith(keys.checkPrefix)) await Domain.takeUp(ports, item);
    else if (item.sk.startsWith(keys.releasePrefix)) await Release.takeUp(ports, item);
    else if (Database.owns(item)) await Database.takeUp(ports, item);
    // What a later release has put there: that one takes it up
  } catch (error) {
    ports.log.error("a due item was not taken up", { operation: "tick", code: item.pk, error });
  }
}
