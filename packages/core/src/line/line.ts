import { isBusy } from "../configuration/commit.ts";
import { due } from "../email/due.ts";
import type { Head, Kind } from "../email/head.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Delete, type Item, type Put, type Store } from "../ports/store.ts";
import { retry } from "../retry.ts";
import type { LineName } from "./name.ts";

/**
 * Lines of mail that waits for room: one for the platform's daily limit, one for each server that is over its own. Mail
 * stands in it transactional before mass, then oldest first, each with an item of its own that is read strongly. Whoever
 * waits is touched when it joins and when it is released, and never between. The line itself is what is due: the tick
 * looks at it, not at those who wait.
 */

/** A mail in a line. */
export interface Place {
  readonly id: string;
  readonly kind: Kind;
  /** Its recipients. */
  readonly n: number;
}

/** What a look at a line has found. */
export interface Looked {
  /** Nobody stands in it. */
  readonly empty: boolean;
  /** When it is to be looked at next, ms. */
  readonly at: number;
}

/** A line nobody has joined for so long, and that is empty, is given up, in ms: longer than any join takes. */
const rest = 10 * 60_000;
/** How long this process trusts that a line it has announced is there, in ms. */
const trusted = 60_000;

/** The write that takes a place, in the transaction that changes the head; that is made by `joining`. */
export const join = (head: Pick<Head, "database" | "id" | "kind">, line: LineName, n: number): Put => ({
  put: { ...keys.linePlace(head.database, line, head.kind, head.id), id: head.id, kind: head.kind, n },
});

/** The write that leaves the place a head has, in the transaction that changes the head; none where it has none. */
export const leave = ({ database, id, kind, line }: Pick<Head, "database" | "id" | "kind" | "line">): Delete[] =>
  line === undefined ? [] : [{ delete: keys.linePlace(database, line, kind, id) }];

/** Who is first in line, `limit` of them at most. */
export async function front(store: Store, db: string, line: LineName, limit: number, kind?: Kind): Promise<Place[]> {
  const { pk, sk } = keys.linePlace(db, line, kind ?? "transactional", "");
  const prefix = kind === undefined ? keys.placePrefix : sk;
  const { items } = await store.query({ pk, prefix, limit, consistent: true });
  return items as unknown as Place[];
}

const opened = new WeakMap<object, Map<string, number>>();

/**
 * Has somebody join a line by `join`, so that nobody ever stands in one that nobody looks at: a line that was opened a
 * moment ago is not given up. Where the moment was a long one (a stall, a clock that jumped) it is opened again, which
 * else costs nothing. The transaction itself does not check the line: those who join at once would only conflict at it.
 * @param at ms: when it is looked at first, if it is new.
 */
export async function joining<T>(
  ports: Pick<Ports, "store" | "clock" | "random">,
  db: string,
  line: LineName,
  at: () => number,
  join: () => Promise<T>,
): Promise<T> {
  await open(ports, db, line, at());
  const joined = await join();
  await retry(ports, isBusy, () => open(ports, db, line, at()));
  return joined;
}

async function open(
  { store, clock }: Pick<Ports, "store" | "clock">,
  db: string,
  line: LineName,
  at: number,
): Promise<void> {
  const key = keys.line(db, line);
  const known = opened.get(store) ?? new Map<string, number>();
  opened.set(store, known);
  const now = clock.now();
  if (now - (known.get(key.pk) ?? 0) < trusted) return;
  const fresh = { database: db, line, opened_at: now };
  for (const write of [
    { update: key, set: { opened_at: now }, if: "attribute_exists(pk)" },
    { put: { ...key, ...fresh, ...due(`${db}${line}`, at), due_n: 0 }, if: "attribute_not_exists(pk)" },
    { update: key, set: { opened_at: now }, if: "attribute_exists(pk)" },
  ]) {
    if (!(await made(store, write))) continue;
    if (known.size > 10_000) known.clear();
    known.set(key.pk, now);
    return;
  }
}

/**
 * After a line was looked at: looked at again at `at` (ms), or given up where it is empty and nobody has opened it since.
 * @param item the line's item as the tick has moved it on.
 */
export async function close(
  { store, clock }: Pick<Ports, "store" | "clock">,
  { pk, sk, database, line, opened_at, due_sk }: Item,
  empty: boolean,
  at: number,
): Promise<void> {
  const values = { opened: opened_at, seen: due_sk };
  const set = { ...due(`${String(database)}${String(line)}`, at), due_n: 0 };
  if (empty && Number(opened_at) + rest < clock.now()) {
    if (await made(store, { delete: { pk, sk }, if: "#opened_at = :opened AND #due_sk = :seen", values })) {
      // Whoever was slow to join may have done so since the line was found empty
      if ((await front(store, String(database), line as LineName, 1)).length === 0) return;
      const fresh = { pk, sk, database, line, opened_at: clock.now(), ...set };
      await made(store, { put: fresh, if: "attribute_not_exists(pk)" });
      return;
    }
  }
  await made(store, { update: { pk, sk }, set, if: "#due_sk = :seen", values: { seen: due_sk } });
}

/** Gives up a line with all who stand in it: their database is gone. */
export async function erase(store: Store, { pk, sk }: Item): Promise<void> {
  const places = await store.query({ pk, prefix: keys.placePrefix, limit: 500, consistent: true });
  for (const place of places.items) await store.write({ delete: { pk, sk: place.sk } });
  if (places.cursor === undefined) await store.write({ delete: { pk, sk } });
}

async function made(store: Store, write: Parameters<Store["write"]>[0]): Promise<boolean> {
  try {
    await store.write(write);
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}
