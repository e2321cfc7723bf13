import type { Database } from "./database.ts";

/** Durable map from a name to one kind of resource, ordered by name. */
export interface Collection<T> {
  get(key: string): T | undefined;
  put(key: string, value: T): void;
  /** Removes the entry; false when there was none. */
  remove(key: string): boolean;
  /** Entries whose key begins with `prefix` (default: all), in key order. */
  list(prefix?: string): { key: string; value: T }[];
  count(): number;
}

/** The collection of one kind of resource, kept as JSON in the database. */
export function createCollection<T>({ sql }: Database, kind: string): Collection<T> {
  const get = sql.prepare("SELECT body FROM entity WHERE kind = ? AND key = ?");
  const put = sql.prepare("INSERT OR REPLACE INTO entity (kind, key, body) VALUES (?, ?, ?)");
  const remove = sql.prepare("DELETE FROM entity WHERE kind = ? AND key = ?");
  const list = sql.prepare("SELECT key, body FROM entity WHERE kind = ? AND substr(key, 1, ?) = ? ORDER BY key");
  const count = sql.prepare("SELECT count(*) AS n FROM entity WHERE kind = ?");
  return {
    get: (key) => {
      const row = get.get(kind, key) as { body: string } | undefined;
      return row && (JSON.parse(row.body) as T);
    },
    put: (key, value) => void put.run(kind, key, JSON.stringify(value)),
    remove: (key) => remove.run(kind, key).changes > 0,
    list: (prefix = "") => {
      const rows = list.all(kind, prefix.length, prefix) as { key: string; body: string }[];
      return rows.map(({ key, body }) => ({ key, value: JSON.parse(body) as T }));
    },
    count: () => (count.get(kind) as { n: number }).n,
  };
}
