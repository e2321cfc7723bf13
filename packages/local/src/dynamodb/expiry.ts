/**
 * Rows that order a table's items by when they expire, so that a sweep reads
 * what is due and not the whole table. They are written in the batch of their
 * item, as index rows are.
 */
import { rowKey } from "./dynalite.ts";
import type { Item } from "./item.ts";
import { type Range, type RowOperation, under } from "./rows.ts";
import { keyOf, type Table } from "./schema.ts";

const FIVE_YEARS_S = 5 * 365 * 24 * 60 * 60;

/** The rows that follow a change of an item; `attribute` holds the expiry in seconds since 1970. */
export function rows(
  table: Table,
  attribute: string,
  before: Item | undefined,
  after: Item | undefined,
): RowOperation[] {
  const [old, now] = [keyFor(table, attribute, before), keyFor(table, attribute, after)];
  if (old === now) return [];
  return [
    ...(old !== undefined ? [{ type: "del" as const, key: old }] : []),
    ...(now !== undefined && after ? [{ type: "put" as const, key: now, value: keyOf(table, after) }] : []),
  ];
}

/** The rows of what has expired by `seconds`. AWS leaves alone what expired over five years ago. */
export function due(table: string, seconds: number): Range {
  return under(prefix(table), { gt: pad(Math.max(0, seconds - FIVE_YEARS_S)), lt: pad(seconds + 1) });
}

/** All rows of a table. */
export function every(table: string): Range {
  return under(prefix(table));
}

function keyFor(table: Table, attribute: string, item: Item | undefined): string | undefined {
  // Up, not down: an item due within a second must not be looked at before that second is over.
  const seconds = Math.ceil(Number(item?.[attribute]?.N ?? Number.NaN));
  if (!item || !(seconds > 0 && seconds < 1e12)) return undefined;
  return `${prefix(table.TableName)}${pad(seconds)}~${rowKey(table, item)}`;
}

function prefix(table: string): string {
  return `expiry~${table}~`;
}

function pad(seconds: number): string {
  return String(seconds).padStart(12, "0");
}
