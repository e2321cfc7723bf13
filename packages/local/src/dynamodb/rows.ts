/**
 * The rows on disk: LevelDB, as dynalite brings it.
 *
 * Its write-ahead log is the journal over every write. A LevelDB batch is one
 * record of that log: after a kill the whole record is there or none of it. So
 * a write goes down as ONE batch of the item, all its index rows and, in a
 * transaction, all the other items and the idempotency token. There is no
 * second journal to keep in step, nothing to roll back at start, and no moment
 * at which an item and its index rows disagree. The log is handed to the kernel
 * before the batch is acknowledged, which survives the death of the process;
 * `fsync` makes it survive the loss of power too.
 */
import { createRequire } from "node:module";

/** One row written or removed. */
export type RowOperation = { type: "put"; key: string; value: unknown } | { type: "del"; key: string };

/** Bounds of a range of rows, and how to walk it. */
export interface Range {
  gt?: string;
  gte?: string;
  lt?: string;
  lte?: string;
  reverse?: boolean;
  limit?: number;
}

/** A consistent view of all rows at one moment; close it. */
export interface Snapshot {
  close(): Promise<void>;
}

/** The part of LevelDB the shim uses; values are JSON. */
export interface Rows {
  open(): Promise<void>;
  get(key: string, options?: { snapshot: Snapshot }): Promise<unknown>;
  batch(operations: RowOperation[], options: { sync: boolean }): Promise<void>;
  keys(range: Range): AsyncIterable<string>;
  values(range: Range): AsyncIterable<unknown>;
  iterator(range: Range): AsyncIterable<[string, unknown]>;
  clear(range: Range): Promise<void>;
  snapshot(): Snapshot;
  close(): Promise<void>;
}

// LevelDB comes with dynalite and is no dependency of ours: resolve it as dynalite does.
const inside = createRequire(createRequire(import.meta.url).resolve("dynalite"));
const { Level } = inside("level") as { Level: new (path: string, options: { valueEncoding: "json" }) => Rows };

/** Opens (or makes) the rows in `path`. One process at a time may hold them. */
export async function open(path: string): Promise<Rows> {
  const rows = new Level(path, { valueEncoding: "json" });
  try {
    await rows.open();
  } catch (cause) {
    throw new Error(`cannot open the database in ${path}: is another process using it?`, { cause });
  }
  return rows;
}

/** All rows whose key begins with `prefix`, or the part of them that `range` bounds. */
export function under(prefix: string, range: Range = {}): Range {
  const { gt, gte, lt, lte, ...rest } = range;
  return {
    ...rest,
    ...(gt !== undefined ? { gt: prefix + gt } : { gte: prefix + (gte ?? "") }),
    ...(lte !== undefined ? { lte: prefix + lte } : { lt: prefix + (lt ?? "\xff") }),
  };
}
