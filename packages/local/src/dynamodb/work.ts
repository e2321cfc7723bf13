/**
 * The store one action of dynalite runs on. It reads the rows on disk and
 * writes none: what the action would write is collected, so that the caller
 * can put it down in one batch, with other actions', or not at all.
 */
import { Readable } from "node:stream";
import { type Callback, type Fail, options, type Request, rowKey } from "./dynalite.ts";
import { missing } from "./error.ts";
import { type Item, size } from "./item.ts";
import { type Range, type RowOperation, type Rows, type Snapshot, under } from "./rows.ts";
import type { Table } from "./schema.ts";
import { settle, type Tables } from "./tables.ts";

/** What an action read and would write. */
export interface Work {
  /** Rows to write, of the item and of its index entries. */
  operations: RowOperation[];
  /** The item before the action, if it was there. */
  before?: Item | undefined;
  /** The item after the action, if it is to be there. */
  after?: Item | undefined;
  /** Sizes in bytes of single items read (0: not there), by table. */
  gets: { table: string; bytes: number }[];
  /** Sizes in bytes of the items or index entries walked through, in order. */
  walked: number[];
}

/** An action that has done nothing yet. */
export function begin(): Work {
  return { operations: [], gets: [], walked: [] };
}

/** Prefix of the rows of a table's items. */
export function itemPrefix(table: string): string {
  return `item-${table}~`;
}

/** Prefix of the rows of an index. */
export function indexPrefix(type: string, table: string, index: string): string {
  return `index-${type.toLowerCase()}~${table}~${index}~`;
}

/** Where an action reads: the rows, at one moment when a snapshot is given. */
export interface Source {
  rows: Rows;
  tables: Tables;
  snapshot?: Snapshot;
}

/** The store that dynalite's actions expect, collecting into `work`. */
export function store(source: Source, work: Work, request: Request): (fail: Fail) => unknown {
  return (fail) => ({
    options,
    tableDb: source.tables.store(fail),
    getTable: (name: string, check: boolean | Callback, done?: Callback) =>
      table(source.tables, fail, name, check, done),
    getItemDb: (name: string) => items(source, work, fail, name),
    getIndexDb: (type: string, name: string, index: string) => entries(source, work, request, name, type, index),
    deleteItemDb: (name: string, done: Callback) => settle(source.rows.clear(under(itemPrefix(name))), done, fail),
    deleteIndexDb: (type: string, name: string, index: string, done: Callback) =>
      settle(source.rows.clear(under(indexPrefix(type, name, index))), done, fail),
    deleteTagDb: (_name: string, done: Callback) => done(null),
  });
}

/** `check` false asks for the definition itself, to show or to change: a copy. */
function table(tables: Tables, fail: Fail, name: string, check: boolean | Callback, done?: Callback): void {
  const answer = typeof check === "function" ? check : done;
  if (check === false) {
    tables.store(fail).get(name, (_error, found) => answer?.(found ? null : unknown(name), found));
    return;
  }
  answer?.(null, tables.get(name));
}

function unknown(name: string): unknown {
  return {
    statusCode: 400,
    body: { ...missing().body(), message: `Requested resource not found: Table: ${name} not found` },
  };
}

function items(source: Source, work: Work, fail: Fail, name: string): unknown {
  const prefix = itemPrefix(name);
  const read = async (key: string): Promise<Item | undefined> => {
    const { rows, snapshot } = source;
    const item = (await (snapshot ? rows.get(prefix + key, { snapshot }) : rows.get(prefix + key))) as Item | undefined;
    work.gets.push({ table: name, bytes: size(item) });
    work.before = item;
    return item;
  };
  return {
    // The caller holds the item's lock (`lock.ts`): dynalite's own is not needed.
    lock: (_key: string, task: (release: (done: Callback) => Callback) => void) => task((done) => done),
    get: (key: string, done: Callback) => settle(read(key), done, fail),
    put: (key: string, item: Item, done: Callback) => {
      work.after = item;
      work.operations.push({ type: "put", key: prefix + key, value: item });
      done(null);
    },
    del: (key: string, done: Callback) => {
      work.operations.push({ type: "del", key: prefix + key });
      done(null);
    },
    createValueStream: (range: Range) => walk(source.rows, work, under(prefix, range)),
  };
}

/**
 * The rows of an index. dynalite tells entries with the same index key apart by
 * 24 bits of a hash, so two of some thousand would overwrite each other: the
 * item's own row key is appended.
 */
function entries(source: Source, work: Work, request: Request, name: string, type: string, index: string): unknown {
  const prefix = indexPrefix(type, name, index);
  const definition = source.tables.get(name);
  const full = (key: string, item: Item): string => `${prefix}${key}/${rowKey(definition, item)}`;
  return {
    put: (key: string, item: Item, done: Callback) => {
      work.operations.push({ type: "put", key: full(key, item), value: item });
      done(null);
    },
    del: (key: string, done: Callback) => {
      if (work.before) work.operations.push({ type: "del", key: full(key, work.before) });
      done(null);
    },
    createValueStream: (range: Range) => walk(source.rows, work, under(prefix, resume(definition, request, range))),
  };
}

/** Starts a page after the exact entry the one before ended with. */
function resume(definition: Table, request: Request, range: Range): Range {
  if (!request.ExclusiveStartKey) return range;
  const suffix = `/${rowKey(definition, request.ExclusiveStartKey)}`;
  if (range.reverse) return { ...range, lt: `${range.lt}${suffix}` };
  return { ...range, gt: `${range.gt}${suffix}` };
}

function walk(rows: Rows, work: Work, range: Range): Readable {
  async function* each(): AsyncGenerator<Item> {
    for await (const value of rows.values(range)) {
      work.walked.push(size(value as Item));
      yield value as Item;
    }
  }
  return Readable.from(each());
}
