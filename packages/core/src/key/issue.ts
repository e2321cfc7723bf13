import * as Id from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Put } from "../ports/store.ts";
import type { KeyClaim, KeyRecord } from "./record.ts";
import * as Token from "./token.ts";

/** A key that is about to be written. */
export interface Issued {
  readonly record: KeyRecord;
  /** Shown once, to whom the key is for. */
  readonly token: string;
  readonly writes: readonly Put[];
}

/** What a key is made with. */
export interface IssueInput extends Pick<KeyRecord, "name" | "permission"> {
  readonly domains?: readonly string[] | null;
  readonly valid_until?: string | null;
}

/** Makes a key for a database; it opens it once `writes` are written. */
export function issue(ports: Pick<Ports, "clock" | "random">, db: string, input: IssueInput): Issued {
  const { name, permission, domains = null, valid_until = null } = input;
  const id = Id.make("key", ports);
  const secret = Token.secret(ports.random);
  const created_at = new Date(ports.clock.now()).toISOString();
  const record: KeyRecord = { id, name, permission, domains, valid_until, created_at };
  const claim: KeyClaim = {
    database: db as Id.Id<"database">,
    permission,
    domains,
    valid_until,
    hash: Token.hash(secret),
  };
  const writes = [{ put: { ...keys.apiKey(db, id), ...record } }, { put: { ...keys.keyClaim(id), ...claim } }];
  return { record, token: Token.format("key", { id, secret }), writes };
}
