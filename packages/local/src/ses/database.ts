import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entity (kind TEXT, key TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS mail (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL,
    counted INTEGER NOT NULL, summary TEXT NOT NULL, raw BLOB NOT NULL
  );
  CREATE INDEX IF NOT EXISTS mail_at ON mail (at, counted);
  CREATE TABLE IF NOT EXISTS event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, due INTEGER NOT NULL, body TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS event_topic ON event (topic, seq);
`;

/** The SQLite file behind the endpoint. Every committed transaction has reached the disk (WAL, synchronous FULL), unless told otherwise. */
export interface Database {
  sql: DatabaseSync;
  /** Runs `work` in one transaction: all of its writes are kept, or none. */
  transaction: <T>(work: () => T) => T;
  /** The same, but everything asked for in one turn of the event loop shares one flush to the disk. */
  commit: <T>(work: () => T) => Promise<T>;
}

/**
 * Opens, or makes, `ses.db` in `dir`.
 * @param durable false: commits outlive the process, and not the loss of power (tests)
 */
export function open(dir: string, durable = true): Database {
  mkdirSync(dir, { recursive: true });
  const sql = new DatabaseSync(join(dir, "ses.db"));
  sql.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durable ? "FULL" : "OFF"}; PRAGMA busy_timeout = 5000;`);
  sql.exec(SCHEMA);
  return {
    sql,
    transaction: (work) => within(sql, "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", work),
    commit: createCommit(sql),
  };
}

function within<T>(sql: DatabaseSync, begin: string, end: string, undo: string, work: () => T): T {
  sql.exec(begin);
  try {
    const result = work();
    sql.exec(end);
    return result;
  } catch (error) {
    sql.exec(undo);
    throw error;
  }
}

type Job = { run: () => () => void; reject: (error: unknown) => void };

function createCommit(sql: DatabaseSync): Database["commit"] {
  let jobs: Job[] = [];
  const flush = () => {
    const taken = jobs;
    jobs = [];
    try {
      const settle = within(sql, "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", () => taken.map((job) => job.run()));
      for (const done of settle) done();
    } catch (error) {
      for (const job of taken) job.reject(error);
    }
  };
  return <T>(work: () => T) =>
    new Promise<T>((resolve, reject) => {
      if (jobs.length === 0) setImmediate(flush);
      jobs.push({ reject, run: () => attempt(sql, work, resolve, reject) });
    });
}

/** Runs one job in a savepoint, so that its failure undoes no other; tells how to settle it after the commit. */
function attempt<T>(sql: DatabaseSync, work: () => T, resolve: (result: T) => void, reject: Job["reject"]): () => void {
  try {
    const result = within(sql, "SAVEPOINT job", "RELEASE job", "ROLLBACK TO job; RELEASE job", work);
    return () => resolve(result);
  } catch (error) {
    return () => reject(error);
  }
}
