import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";

/** The database's own secrets, sealed; only dispatch and inbound open them. */
export interface DatabaseSecrets {
  /** Base64; signs bounce tokens. */
  readonly token_key: string;
}

/** The vault's owner name for them. */
export const record = "database";

/** Reads and opens the database's secrets. */
export async function open({ store, vault }: Pick<Ports, "store" | "vault">, db: string): Promise<DatabaseSecrets> {
  const item = await store.get(keys.secret(db, record), { consistent: true });
  if (!item) throw new Error(`the database ${db} has no secrets`);
  return JSON.parse(await vault.open(String(item["sealed"]), { database: db, record })) as DatabaseSecrets;
}
