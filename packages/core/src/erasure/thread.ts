import { timeOf } from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item } from "../ports/store.ts";
import * as Audience from "../thread/audience.ts";
import * as Follower from "../thread/follower.ts";
import * as People from "../thread/people.ts";
import { eraseMessage } from "./message.ts";
import type { Needle } from "./needle.ts";
import type { Removed } from "./record.ts";
import type { Stage, Work } from "./stage.ts";
import { walk } from "./walk.ts";

type Needs = Pick<Ports, "store" | "blobs" | "clock" | "random">;

/** Where it is: the page of names, of those the thread, and where in that. */
interface Place {
  readonly names?: string;
  readonly thread?: string;
  readonly inner?: string;
}

/** Items of one step. */
const most = 200;

/** Everything on threads: who follows them, what was said, and whom it is told to. */
export const threads: Stage = async (ports, work) => {
  const place: Place = work.cursor === undefined ? {} : (JSON.parse(work.cursor) as Place);
  const { items, next } = await walk(ports, keys.threadNames(work.version.id), place.names);
  // One that is gone meanwhile begins the page anew
  let at = Math.max(
    0,
    items.findIndex(({ thread }) => thread === place.thread),
  );
  let inner = items[at]?.["thread"] === place.thread ? place.inner : undefined;
  const removed = { followers: 0, messages: 0 };
  for (let left = most; at < items.length && left > 0; ) {
    const { pk } = keys.thread(work.version.id, String(items[at]?.["thread"]));
    const page = await ports.store.query({ pk, limit: 100, ...(inner !== undefined && { cursor: inner }) });
    for (const item of page.items) {
      const gone = await eraseItem(ports, work, item);
      if (gone) removed[gone]++;
    }
    left -= page.items.length + 1;
    inner = page.cursor;
    if (inner === undefined) at++;
  }
  const thread = items[at]?.["thread"];
  if (thread !== undefined) return { removed, next: JSON.stringify({ names: place.names, thread, inner }) };
  return { removed, next: next && JSON.stringify({ names: next }) };
};

/** @returns what it was, where the address was in it. */
async function eraseItem(
  ports: Needs,
  { version: { id: db }, needle, before }: Work,
  item: Item,
): Promise<keyof Pick<Removed, "followers" | "messages"> | undefined> {
  const { sk } = item;
  if (sk.startsWith(keys.messagePrefix)) {
    if (timeOf(sk.slice(keys.messagePrefix.length)) > before) return undefined;
    return (await eraseMessage(ports, db, item, needle)) ? "messages" : undefined;
  }
  if (sk.startsWith(keys.audiencePrefix)) {
    const isOld = !sk.endsWith(Audience.peopleSuffix) && timeOf(Audience.fromItem(item).message) <= before;
    if (isOld) await People.erase(ports, item, needle);
    return undefined;
  }
  if (!sk.startsWith(keys.followerPrefix) || !needle.names(sk.slice(keys.followerPrefix.length))) {
    await nameless(ports, item, needle);
    return undefined;
  }
  const { address, created_at } = Follower.fromItem(item);
  if (Date.parse(created_at) > before) return undefined;
  const thread = item.pk.slice(keys.thread(db, "").pk.length);
  return (await Follower.remove(ports, db, thread, address)) ? "followers" : undefined;
}

/** A thread, or another follower, whose name says the address. */
async function nameless({ store }: Needs, { pk, sk, name }: Item, needle: Needle): Promise<void> {
  if (typeof name !== "string" || !needle.isIn(name)) return;
  try {
    await store.write({ update: { pk, sk }, set: { name: needle.mask(name) }, if: "attribute_exists(pk)" });
  } catch (error) {
    // Gone meanwhile
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
