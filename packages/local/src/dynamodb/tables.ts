/** The tables: kept in memory, changed only through dynalite's own actions. */
import { Readable } from "node:stream";
import type { Callback, Fail } from "./dynalite.ts";
import { missing } from "./error.ts";
import { type Rows, under } from "./rows.ts";
import { indexes, type Table } from "./schema.ts";

const PREFIX = "table~";

/** The tables of one database. */
export interface Tables {
  /** A table that can be used; throws ResourceNotFoundException. */
  get(name: string | undefined): Table;
  all(): Table[];
  /** The store of table definitions that dynalite's actions write. */
  store(fail: Fail): TableStore;
}

/** A sub-store as dynalite's actions use it. */
export interface TableStore {
  awsAccountId: string;
  awsRegion: string;
  lock(name: string, task: (release: (done: Callback) => Callback) => void): void;
  get(name: string, done: Callback): void;
  put(name: string, table: Table, done: Callback): void;
  del(name: string, done: Callback): void;
  createKeyStream(): Readable;
}

/**
 * Loads the tables. One that was being made when the process died is finished;
 * one that was being deleted is deleted by its next DeleteTable.
 */
export async function load(rows: Rows): Promise<Tables> {
  const known = new Map<string, Table>();
  for await (const table of rows.values(under(PREFIX))) {
    const found = table as Table;
    if (found.TableStatus === "CREATING") activate(found);
    known.set(found.TableName, found);
  }
  return {
    get: (name) => usable(known, name),
    all: () => [...known.values()],
    store: (fail) => store(rows, known, fail),
  };
}

function activate(table: Table): void {
  table.TableStatus = "ACTIVE";
  for (const index of indexes(table)) index.IndexStatus = "ACTIVE";
}

function usable(known: Map<string, Table>, name: string | undefined): Table {
  const table = known.get(name ?? "");
  if (!table || table.TableStatus === "CREATING" || table.TableStatus === "DELETING") throw missing();
  return table;
}

function store(rows: Rows, known: Map<string, Table>, fail: Fail): TableStore {
  return {
    awsAccountId: "000000000000",
    awsRegion: "us-east-1",
    // Changes reach `known` before they reach the disk, so two CreateTable never pass each other.
    lock: (_name, task) => task((done) => done),
    get: (name, done) => done(null, structuredClone(known.get(name))),
    put: (name, table, done) => {
      known.set(name, structuredClone(table));
      settle(rows.batch([{ type: "put", key: PREFIX + name, value: table }], { sync: true }), done, fail);
    },
    del: (name, done) => {
      known.delete(name);
      settle(rows.batch([{ type: "del", key: PREFIX + name }], { sync: true }), done, fail);
    },
    createKeyStream: () => Readable.from([...known.keys()].sort()),
  };
}

/** Answers a callback of dynalite's from a promise; what the callback throws goes to `fail`. */
export function settle(work: Promise<unknown>, done: Callback, fail: Fail): void {
  work
    .then(
      (value) => done(null, value),
      (error: unknown) => done(error),
    )
    .catch(fail);
}
