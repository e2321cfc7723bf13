import { normalize } from "../address/address.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, TransactionCanceled, type Write } from "../ports/store.ts";
import { type Patience, retry } from "../retry.ts";
import { isOutrun } from "./ensure.ts";
import { type FollowerRecord, usualSubtypes } from "./record.ts";

/** Followers of a thread at most: a message is told to all of them. */
export const maximum = 5_000;

/** All who join or leave meet at the count: many at once take their turns, as long as an answer may take. */
const inTurn: Patience = { tries: 100, base_ms: 20, longest_ms: 600, within_ms: 20_000 };

type Needs = Pick<Ports, "store" | "clock" | "random">;

/** What is given of a follower: the rest is as it was, or as usual. */
export type Given = Pick<FollowerRecord, "address"> & Partial<FollowerRecord>;

/** All followers of a thread, strongly read, by address. */
export async function list({ store }: Pick<Ports, "store">, db: string, thread: string): Promise<FollowerRecord[]> {
  const { pk } = keys.thread(db, thread);
  const found: FollowerRecord[] = [];
  let cursor: string | undefined;
  do {
    const more = cursor === undefined ? {} : { cursor };
    const page = await store.query({ pk, prefix: keys.followerPrefix, consistent: true, ...more });
    found.push(...page.items.map(fromItem));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

/** One follower, strongly read. */
export async function find(
  { store }: Pick<Ports, "store">,
  db: string,
  thread: string,
  address: string,
): Promise<FollowerRecord | undefined> {
  const item = await store.get(keys.follower(db, thread, normalize(address)), { consistent: true });
  return item && fromItem(item);
}

/**
 * Has somebody follow a thread (R-NOT-1); of one who does already the fields given are changed.
 * @throws AppError not_found when there is no such thread (any more); conflict when 5,000 follow it.
 */
export async function put(ports: Needs, db: string, thread: string, given: Given): Promise<FollowerRecord> {
  const follower = { ...given, address: normalize(given.address) };
  const attempt = async () => {
    const seen = await find(ports, db, thread, follower.address);
    if (seen) return change(ports, db, thread, seen, follower);
    const made = { ...usual(ports), ...follower };
    const item = { ...keys.follower(db, thread, made.address), ...made };
    const join: Write = { put: item, if: "attribute_not_exists(pk)" };
    await told(() => ports.store.transact([join, counted(db, thread, 1)]));
    return made;
  };
  return retry(ports, isLost, attempt, inTurn);
}

/** Lets somebody follow no more. @returns whether they did. */
export async function remove(ports: Needs, db: string, thread: string, address: string): Promise<boolean> {
  const key = keys.follower(db, thread, normalize(address));
  const attempt = async () => {
    if (!(await ports.store.get(key, { consistent: true }))) return false;
    await ports.store.transact([{ delete: key, if: "attribute_exists(pk)" }, counted(db, thread, -1)]);
    return true;
  };
  return retry(ports, isOutrun, attempt, inTurn);
}

const usual = ({ clock }: Pick<Ports, "clock">): Omit<FollowerRecord, "address"> => ({
  name: null,
  user: false,
  notify: null,
  subtypes: usualSubtypes,
  created_at: new Date(clock.now()).toISOString(),
});

async function change(
  { store }: Needs,
  db: string,
  thread: string,
  seen: FollowerRecord,
  { address, ...given }: Given,
): Promise<FollowerRecord> {
  const { created_at: _since, ...set } = given;
  if (Object.keys(set).length === 0) return seen;
  await store.write({ update: keys.follower(db, thread, address), set, if: "attribute_exists(pk)" });
  return { ...seen, ...set };
}

/** The thread counts its followers, and takes none where it has enough, or is gone. */
const counted = (db: string, thread: string, n: 1 | -1): Write => ({
  update: keys.thread(db, thread),
  add: { followers: n },
  if: `attribute_exists(pk) AND attribute_not_exists(deleted_at)${n === 1 ? " AND #followers < :maximum" : ""}`,
  ...(n === 1 && { values: { maximum } }),
});

/** Joined or left meanwhile, or others at the same thread. */
const isLost = (error: unknown): boolean => isOutrun(error) || error instanceof ConditionFailed;

async function told(join: () => Promise<void>): Promise<void> {
  try {
    await join();
  } catch (error) {
    if (!(error instanceof TransactionCanceled)) throw error;
    const [own, thread] = error.reasons;
    if (own?.code !== "None" || thread?.code !== "ConditionalCheckFailed") throw error;
    if (!thread.item || "deleted_at" in thread.item)
      throw new AppError("not_found", "There is no such thread (any more).", { cause: error });
    throw new AppError("conflict", `A thread has at most ${maximum.toLocaleString("en")} followers: remove some.`, {
      cause: error,
    });
  }
}

/** The record in an item. */
export const fromItem = ({ pk: _pk, sk: _sk, ...record }: Item): FollowerRecord => record as unknown as FollowerRecord;
