/** Tables and their indexes: which attributes are keys, what an index entry holds. */
import { invalid } from "./error.ts";
import { type Item, MAX_BYTES, size, sizeOf } from "./item.ts";

/** One attribute of a key. */
export interface KeyElement {
  AttributeName: string;
  KeyType: "HASH" | "RANGE";
}

/** A secondary index as DescribeTable shows it. */
export interface Index {
  IndexName: string;
  IndexStatus?: string;
  KeySchema: KeyElement[];
  Projection: { ProjectionType: "ALL" | "KEYS_ONLY" | "INCLUDE"; NonKeyAttributes?: string[] };
}

/** A table as DescribeTable shows it, as far as the shim reads it. */
export interface Table {
  TableName: string;
  TableStatus: string;
  KeySchema: KeyElement[];
  AttributeDefinitions: { AttributeName: string; AttributeType: "S" | "N" | "B" }[];
  GlobalSecondaryIndexes?: Index[];
  LocalSecondaryIndexes?: Index[];
}

/** All secondary indexes of a table. */
export function indexes(table: Table): Index[] {
  return [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])];
}

/** The primary key of an item: its key attributes alone. */
export function keyOf(table: Table, item: Item): Item {
  return pick(item, names(table.KeySchema));
}

/**
 * One string per item, equal for equal keys: what locks and duplicates are told
 * by. Undefined when the key does not fit the schema; such a request fails anyway.
 */
export function identity(table: Table, item: Item): string | undefined {
  const values = table.KeySchema.map(({ AttributeName }) => Object.values(item[AttributeName] ?? {})[0]);
  if (values.some((value) => typeof value !== "string")) return undefined;
  return JSON.stringify([table.TableName, ...values]);
}

/** What `index` keeps of `item`, or undefined when a key of the index is absent (a sparse index). */
export function entry(table: Table, index: Index, item: Item | undefined): Item | undefined {
  const keys = names(index.KeySchema);
  if (!item || keys.some((name) => item[name] === undefined)) return undefined;
  if (index.Projection.ProjectionType === "ALL") return item;
  return pick(item, [...keys, ...names(table.KeySchema), ...(index.Projection.NonKeyAttributes ?? [])]);
}

/**
 * Refuses an image DynamoDB would not store: over 400 KB, or with a key of the
 * table or of an index that is empty or too long (2,048 bytes hash, 1,024 range).
 * The engine counts characters where DynamoDB counts bytes, and takes empty index keys.
 */
export function assertStorable(table: Table, item: Item, oversize: string): void {
  if (size(item) > MAX_BYTES) throw invalid(oversize);
  for (const key of table.KeySchema) assertKeySize(key, item);
  for (const index of indexes(table)) for (const key of index.KeySchema) assertIndexKey(index, key, item);
}

function assertIndexKey(index: Index, key: KeyElement, item: Item): void {
  const value = item[key.AttributeName];
  if (value?.S === "" || value?.B === "") {
    throw invalid(
      "One or more parameter values are not valid. A value specified for a secondary index key is not supported. " +
        `The AttributeValue for a key attribute cannot contain an empty ${value.S === "" ? "string" : "binary"} value. ` +
        `IndexName: ${index.IndexName}, IndexKey: ${key.AttributeName}`,
    );
  }
  assertKeySize(key, item);
}

function assertKeySize(key: KeyElement, item: Item): void {
  const value = item[key.AttributeName];
  const bytes = value ? sizeOf(value) : 0;
  if (key.KeyType === "HASH" && bytes > 2048) {
    throw invalid(
      "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of 2048 bytes",
    );
  }
  if (key.KeyType === "RANGE" && bytes > 1024) {
    throw invalid(
      "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
    );
  }
}

function names(schema: KeyElement[]): string[] {
  return schema.map((key) => key.AttributeName);
}

function pick(item: Item, attributes: string[]): Item {
  const picked: Item = {};
  for (const name of attributes) if (item[name] !== undefined) picked[name] = item[name];
  return picked;
}
