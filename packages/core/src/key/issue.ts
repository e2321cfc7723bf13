import * as Id from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Put } from "../ports/store.ts";
import type { KeyClaim, KeyRecord, Permission } from "./record.ts";
import * as Token from "./token.ts";

/** A key that is about to be written. */
export interface Issued {
  readonly record: KeyRecord;
  /** Shown once, to whom the key is for. */
  readonly token: string;
  readonly writes: readonly Put[];
}

/** Makes a key for a database; it opens it once `writes` are written. */
export function issue(
  ports: Pick<Ports, "clock" | "random">,
  db: string,
  { name, permission }: { name: string; permission: Permission },
): Issued {
  const id = Id.make("key", ports);
  const secret = Token.secret(ports.random);
  const record: KeyRecord = { id, name, permission, created_at: new Date(ports.clock.now()).toISOString() };
  const claim: KeyClaim = { database: db as Id.Id<"database">, permission, hash: Token.hash(secret) };
  const writes = [{ put: { ...keys.apiKey(db, id), ...record } }, { put: { ...keys.keyClaim(id), ...claim } }];
  return { record, token: Token.format({ id, secret }), writes };
}
