import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";

/** The database's own secrets, sealed; only dispatch and inbound open them. */
export interface DatabaseSecrets {
  /** Base64; signs bounce tokens. */
  readonly token_key: string;
}

/** The vault's owner name for them. */
export const record = "database";

/** Reads and opens the database's secrets. @throws Error where there are none: it is gone. */
export async function open(ports: Pick<Ports, "store" | "vault">, db: string): Promise<DatabaseSecrets> {
  const secrets = await find(ports, db);
  if (!secrets) throw new Error(`the database ${db} has no secrets`);
  return secrets;
}

/** Opens the database's secrets where they are first asked for, and once. @throws Error where there are none. */
export function opening(ports: Pick<Ports, "store" | "vault">, db: string): () => Promise<DatabaseSecrets> {
  let opened: Promise<DatabaseSecrets> | undefined;
  return () => (opened ??= open(ports, db));
}

/** Opens the secrets of databases where they are first asked for. */
export type Opening = (db: string) => () => Promise<DatabaseSecrets>;

/** The same for an invocation: those of each database are read once, and anew where that failed. They never change. */
export function openings(ports: Pick<Ports, "store" | "vault">): Opening {
  const opened = new Map<string, Promise<DatabaseSecrets>>();
  return (db) => async () => {
    const asked = opened.get(db) ?? open(ports, db);
    opened.set(db, asked);
    try {
      return await asked;
    } catch (error) {
      if (opened.get(db) === asked) opened.delete(db);
      throw error;
    }
  };
}

/** The same as `open` for a name that somebody else has given; undefined where there is no such database (any more). */
export async function find(
  { store, vault }: Pick<Ports, "store" | "vault">,
  db: string,
): Promise<DatabaseSecrets | undefined> {
  const item = await store.get(keys.secret(db, record), { consistent: true });
  if (!item) return undefined;
  return JSON.parse(await vault.open(String(item["sealed"]), { database: db, record })) as DatabaseSecrets;
}
