/** Capacity units by AWS's documented rules, from the sizes of items and index entries. */
import { isDeepStrictEqual } from "node:util";
import { type Item, size } from "./item.ts";
import { entry, type Index, indexes, type Table } from "./schema.ts";

/** Units spent on one table and, apart, on each of its indexes. */
export interface Cost {
  table: string;
  units: number;
  indexes: Record<string, number>;
}

/** Both images of one written item. */
export interface Change {
  table: Table;
  before?: Item | undefined;
  after?: Item | undefined;
}

/** Write units of `bytes`: one a KB begun, at least one. */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 1024));
}

/** Read units of `bytes`: one per 4 KB begun and at least one; half of it when eventually consistent. */
export function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / 4096)) * (consistent ? 1 : 0.5);
}

/**
 * Cost of a write: the larger of both images on the table, doubled in a
 * transaction (prepare and commit), and each index entry that changes. Entries
 * follow by ordinary writes of their own, also after a transaction.
 */
export function ofWrite(change: Change, transactional = false): Cost {
  const units = writeUnits(Math.max(size(change.before), size(change.after))) * (transactional ? 2 : 1);
  const touched = indexes(change.table).map((index) => [index.IndexName, ofEntry(change, index)] as const);
  return {
    table: change.table.TableName,
    units,
    indexes: Object.fromEntries(touched.filter(([, cost]) => cost > 0)),
  };
}

/**
 * Cost of a write refused by its condition, and of a ConditionCheck: that of
 * the item as it stands, and nothing on the indexes.
 */
export function ofCheck(table: Table, item: Item | undefined, transactional = false): Cost {
  return { table: table.TableName, units: writeUnits(size(item)) * (transactional ? 2 : 1), indexes: {} };
}

/** Cost of reading one item in a transaction: twice a consistent read. */
export function ofRead(table: string, item: Item | undefined): Cost {
  return { table, units: 2 * readUnits(size(item), true), indexes: {} };
}

/** An entry that appears or goes costs one write, one whose key changes two, one that stays as it was none. */
function ofEntry({ table, before, after }: Change, index: Index): number {
  const old = entry(table, index, before);
  const now = entry(table, index, after);
  if (!old && !now) return 0;
  if (!old || !now) return writeUnits(size(old ?? now));
  if (index.KeySchema.some(({ AttributeName: name }) => !same(old[name], now[name]))) {
    return writeUnits(size(old)) + writeUnits(size(now));
  }
  return same(old, now) ? 0 : writeUnits(Math.max(size(old), size(now)));
}

/** dynalite's copies have no prototype, which the comparison would take for a difference. */
function same(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)));
}

/** Costs of several actions, one for each table. */
export function sum(costs: Cost[]): Cost[] {
  const total = new Map<string, Cost>();
  for (const cost of costs) {
    const found = total.get(cost.table) ?? { table: cost.table, units: 0, indexes: {} };
    found.units += cost.units;
    for (const [name, units] of Object.entries(cost.indexes)) found.indexes[name] = (found.indexes[name] ?? 0) + units;
    total.set(cost.table, found);
  }
  return [...total.values()];
}

/** One table's `ConsumedCapacity` as the request asked for it; undefined for NONE. */
export function report(cost: Cost, mode: unknown): Record<string, unknown> | undefined {
  if (mode !== "TOTAL" && mode !== "INDEXES") return undefined;
  const onIndexes = Object.values(cost.indexes).reduce((total, units) => total + units, 0);
  const total = { TableName: cost.table, CapacityUnits: cost.units + onIndexes };
  if (mode === "TOTAL") return total;
  const each = Object.entries(cost.indexes).map(([name, CapacityUnits]) => [name, { CapacityUnits }]);
  return {
    ...total,
    Table: { CapacityUnits: cost.units },
    ...(each.length > 0 ? { GlobalSecondaryIndexes: Object.fromEntries(each) } : {}),
  };
}
