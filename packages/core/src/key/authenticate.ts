import { fromItem, type Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import type { Id } from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Store } from "../ports/store.ts";
import { hasEnded } from "./input.ts";
import type { KeyClaim, Permission } from "./record.ts";
import * as Token from "./token.ts";

/** Whom a token speaks for. */
export interface Authenticated {
  readonly database: Id<"database">;
  readonly key: Id<"key">;
  readonly permission: Permission;
  /** The domains its mail may go out from; null = of all the rules allow. */
  readonly domains: readonly string[] | null;
  /** As this process last read it. */
  readonly last_used_at: string | null;
  /** As read strongly for this very request: pass it on, nobody need read it again. */
  readonly version: Version;
}

/** Keys as last read, with the epoch of keys they were good in. One process sees a bounded number of them. */
const cache = new WeakMap<Store, Map<string, { claim: KeyClaim; epoch: number }>>();
const cached = 10_000;

/**
 * Checks a token: one strong read (the version item) where the key is known to this process, whose epoch says
 * whether any key of the database was revoked since.
 * @throws AppError invalid_api_key, the same whatever was wrong with it.
 */
export async function authenticate(
  { store, clock }: Pick<Ports, "store" | "clock">,
  text: string,
): Promise<Authenticated> {
  const token = Token.parse("key", text);
  if (!token) throw refusal();
  const known = entries(store).get(token.id);
  const claim = known?.claim ?? (await read(store, token.id));
  const version = await readVersion(store, claim.database);
  const current = known?.epoch === version.key_epoch ? claim : await refresh(store, token.id, version);
  if (!Token.equal(Token.hash(token.secret), current.hash)) throw refusal();
  if (hasEnded(current, clock.now())) throw refusal();
  const { permission, domains, last_used_at = null } = current;
  return { database: version.id, key: token.id, permission, domains, last_used_at, version };
}

/** Reads the key again after the version item: what is good now was not revoked before that epoch. */
async function refresh(store: Store, id: string, version: Version): Promise<KeyClaim> {
  const known = entries(store);
  known.delete(id);
  const claim = await read(store, id);
  if (claim.database !== version.id) throw refusal();
  known.set(id, { claim, epoch: version.key_epoch });
  const [oldest] = known.keys();
  if (known.size > cached && oldest !== undefined) known.delete(oldest);
  return claim;
}

async function read(store: Store, id: string): Promise<KeyClaim> {
  const item = await store.get(keys.keyClaim(id), { consistent: true });
  if (!item) throw refusal();
  return item as unknown as KeyClaim;
}

async function readVersion(store: Store, db: string): Promise<Version> {
  const item = await store.get(keys.version(db), { consistent: true });
  const version = item && fromItem(item);
  if (!version || version.status === "deleting") throw refusal();
  return version;
}

function entries(store: Store): Map<string, { claim: KeyClaim; epoch: number }> {
  const known = cache.get(store) ?? new Map<string, { claim: KeyClaim; epoch: number }>();
  cache.set(store, known);
  return known;
}

const refusal = (): AppError =>
  new AppError("invalid_api_key", "The API key is not valid: check it, or make a new one.");
