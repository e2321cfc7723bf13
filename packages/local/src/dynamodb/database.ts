/** One open database: the rows on disk and what is kept in memory beside them. */
import { setTimeout as sleep } from "node:timers/promises";
import { createLocks, type Locks } from "./lock.ts";
import { createMeter, type Meter } from "./meter.ts";
import { open as openRows, type RowOperation, type Rows } from "./rows.ts";
import { load, type Tables } from "./tables.ts";
import { load as loadTokens, type Tokens } from "./token.ts";
import { load as loadTtl, type TtlSettings } from "./ttl.ts";

/** A moment in a write at which a test may wait, or kill the process. */
export type Point = "in-flight" | "before-commit" | "after-commit";

/** What a test does at a point. */
export type Probe = (point: Point) => void | Promise<void>;

/** How a database behaves. */
export interface DatabaseOptions {
  /** Directory of the data; made when missing. */
  dir: string;
  /** The clock, in milliseconds since 1970. @default Date.now */
  now?: () => number;
  /** How long a transaction holds its items before it commits, in milliseconds. @default 3 */
  transactionMs?: number;
  /** Survive the loss of power too, not only of the process: one fsync a commit. @default false */
  fsync?: boolean;
  /** Called, and waited for, at each point of each write. */
  probe?: Probe;
}

/** What the operations work on. */
export interface Database {
  rows: Rows;
  tables: Tables;
  tokens: Tokens;
  ttl: TtlSettings;
  locks: Locks;
  meter: Meter;
  /** Keeps a transaction in flight for as long as it is to be. */
  hold(): Promise<void>;
  now(): number;
  /** Puts rows down: all or none, on disk when it resolves. */
  commit(operations: RowOperation[]): Promise<void>;
  close(): Promise<void>;
}

/** Opens a database. There is nothing to recover: every commit is one record of the log (`rows.ts`). */
export async function open(options: DatabaseOptions): Promise<Database> {
  const rows = await openRows(options.dir);
  const now = options.now ?? Date.now;
  const [tables, tokens, ttl] = await Promise.all([load(rows), loadTokens(rows), loadTtl(rows)]);
  return {
    ...{ rows, tables, tokens, ttl, now, locks: createLocks(), meter: createMeter() },
    hold: async () => {
      await options.probe?.("in-flight");
      await sleep(options.transactionMs ?? 3);
    },
    commit: async (operations) => {
      await options.probe?.("before-commit");
      await rows.batch(operations, { sync: options.fsync ?? false });
      await options.probe?.("after-commit");
    },
    close: () => rows.close(),
  };
}
