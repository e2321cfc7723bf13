/** Time to live: its settings, kept with the data, and the sweeper that deletes late as AWS does. */
import type { Database } from "./database.ts";
import * as Dynalite from "./dynalite.ts";
import { invalid, is } from "./error.ts";
import * as Expiry from "./expiry.ts";
import type { Item } from "./item.ts";
import { type Rows, under } from "./rows.ts";
import type { Table } from "./schema.ts";
import { itemPrefix } from "./work.ts";
import { apply } from "./write.ts";

const PREFIX = "ttl~";

/** Table name to the attribute that holds its items' expiry, in seconds since 1970. */
export type TtlSettings = Map<string, string>;

/** Loads the settings. */
export async function load(rows: Rows): Promise<TtlSettings> {
  const settings: TtlSettings = new Map();
  for await (const [key, value] of rows.iterator(under(PREFIX))) settings.set(key.slice(PREFIX.length), String(value));
  return settings;
}

/** UpdateTimeToLive. As on AWS, switching to the state it is in is a ValidationException. */
export async function update(database: Database, input: Record<string, unknown>) {
  const { AttributeName, Enabled } = specification(input);
  const table = database.tables.get(String(input.TableName));
  const current = database.ttl.get(table.TableName);
  if (Enabled && current !== undefined) throw invalid("TimeToLive is already enabled");
  if (!Enabled && current === undefined) throw invalid("TimeToLive is already disabled");
  if (!Enabled && current !== AttributeName) {
    throw invalid(`TimeToLive is active on a different AttributeName: current AttributeName is ${current}`);
  }
  if (Enabled) await enable(database, table, AttributeName);
  else await forget(database, table.TableName);
  return { TimeToLiveSpecification: { AttributeName, Enabled } };
}

/**
 * The setting goes down last: a process that dies before has time to live off,
 * and starts anew. Writes meanwhile make their expiry rows already.
 */
async function enable(database: Database, table: Table, attribute: string): Promise<void> {
  database.ttl.set(table.TableName, attribute);
  for await (const item of database.rows.values(under(itemPrefix(table.TableName)))) {
    const rows = Expiry.rows(table, attribute, undefined, item as Item);
    if (rows.length > 0) await database.rows.batch(rows, { sync: false });
  }
  await database.commit([{ type: "put", key: PREFIX + table.TableName, value: attribute }]);
}

/** Switches time to live off; also when its table goes. */
export async function forget(database: Database, table: string): Promise<void> {
  if (!database.ttl.delete(table)) return;
  await database.commit([{ type: "del", key: PREFIX + table }]);
  await database.rows.clear(Expiry.every(table));
}

function specification(input: Record<string, unknown>): { AttributeName: string; Enabled: boolean } {
  const { AttributeName, Enabled } = (input.TimeToLiveSpecification ?? {}) as Record<string, unknown>;
  if (typeof AttributeName !== "string" || AttributeName === "" || typeof Enabled !== "boolean") {
    throw invalid("TimeToLiveSpecification needs an AttributeName of 1 to 255 characters and Enabled");
  }
  return { AttributeName, Enabled };
}

/** DescribeTimeToLive. */
export function describe(database: Database, input: Record<string, unknown>) {
  const AttributeName = database.ttl.get(database.tables.get(String(input.TableName)).TableName);
  if (AttributeName === undefined) return { TimeToLiveDescription: { TimeToLiveStatus: "DISABLED" } };
  return { TimeToLiveDescription: { TimeToLiveStatus: "ENABLED", AttributeName } };
}

/**
 * Deletes what has expired, by ordinary deletes under the item's lock. What a
 * transaction holds stays for the next sweep. Costs no capacity, as on AWS.
 * Returns how many items went.
 */
export async function sweep(database: Database): Promise<number> {
  const gone = database.tokens.expire(database.now());
  if (gone.length > 0) await database.commit(gone);
  let count = 0;
  for (const [table, attribute] of database.ttl) {
    const range = Expiry.due(table, Math.floor(database.now() / 1000));
    for await (const key of database.rows.values(range)) {
      if (await remove(database, table, key as Item, attribute)) count += 1;
    }
  }
  return count;
}

/** The condition is for an item that was given more time since its row was read. */
async function remove(database: Database, table: string, key: Item, attribute: string): Promise<boolean> {
  const request = Dynalite.validate("DeleteItem", {
    ...{ TableName: table, Key: key, ConditionExpression: "#ttl <= :now" },
    ExpressionAttributeNames: { "#ttl": attribute },
    ExpressionAttributeValues: { ":now": { N: String(Math.floor(database.now() / 1000)) } },
  });
  try {
    return (await apply(database, "DeleteItem", request)).failure === undefined;
  } catch (error) {
    if (is(error, "TransactionConflictException")) return false;
    throw error;
  }
}
