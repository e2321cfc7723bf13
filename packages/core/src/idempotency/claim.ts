import { AppError } from "../error.ts";
import type { Id } from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, type Key, type Put } from "../ports/store.ts";

/** An idempotency key with the hash of the request it stands for. */
export interface Idempotency {
  readonly key: string;
  readonly hash: string;
}

/** Within what a key is one: a database, or what is the operator's own. */
export type Scope = Id<"database"> | "operator";

/** How an answer is kept. */
export interface Keeping {
  /** The answer, or the request, holds a secret: both are sealed, bound to scope and key (G6). */
  readonly sealed?: boolean;
  /** The work goes on after the commit: until it is settled, the answer is not given again. */
  readonly open?: boolean;
}

/** What a claim says. */
export interface Found<T> {
  readonly answer: T;
  /** Epoch ms until when the work after the commit is somebody's; absent = it is done. */
  readonly open_until?: number;
}

type Needs = Pick<Ports, "store" | "clock" | "vault">;

/** How long a key is kept, in seconds. */
const keptSeconds = 24 * 3600;
/** How long work after the commit is left to who began it, in ms: longer than a request can take. */
const openFor = 60_000;

/**
 * The claim on a key with the answer it stands for: an action for the transaction that makes what is answered. TTL
 * deletes late, so a claim whose time is over is taken anew by condition.
 */
export async function put<T>(
  ports: Needs,
  scope: Scope,
  { key, hash }: Idempotency,
  answer: T,
  { sealed = false, open = false }: Keeping = {},
): Promise<Put> {
  const now = ports.clock.now();
  const seconds = Math.floor(now / 1000);
  return {
    put: {
      ...keys.idempotency(scope, key),
      ...(await kept(ports, scope, { key, hash }, answer, sealed)),
      ...(open && { open_until: now + openFor }),
      expires_at: seconds + keptSeconds,
    },
    if: "attribute_not_exists(pk) OR #expires_at <= :now",
    values: { now: seconds },
  };
}

/**
 * What a key stands for already, read strongly.
 * @throws AppError invalid_idempotent_request when that is another request.
 */
export async function read<T>(ports: Needs, scope: Scope, { key, hash }: Idempotency): Promise<Found<T> | undefined> {
  const item = await ports.store.get(keys.idempotency(scope, key), { consistent: true });
  if (!item || (item["expires_at"] as number) * 1000 <= ports.clock.now()) return undefined;
  const found = await opened(ports, scope, key, item);
  if (found.hash !== hash)
    throw new AppError(
      "invalid_idempotent_request",
      "This idempotency key was used for another request: use a new key, or send the same request.",
    );
  const open_until = item["open_until"] as number | undefined;
  return { answer: JSON.parse(found.answer) as T, ...(open_until !== undefined && { open_until }) };
}

/** Takes over work that was left open. @returns whether it is ours now. */
export async function takeOver({ store, clock }: Needs, scope: Scope, key: string, seen: number): Promise<boolean> {
  try {
    const set = { open_until: clock.now() + openFor };
    await store.write({ update: keys.idempotency(scope, key), set, if: "#open_until = :seen", values: { seen } });
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

/** The work after the commit is done: from now on this is the answer. */
export async function settle<T>(
  ports: Needs,
  scope: Scope,
  key: Idempotency,
  answer: T,
  { sealed = false }: Keeping = {},
): Promise<void> {
  const set = { ...(await kept(ports, scope, key, answer, sealed)) };
  const update = keys.idempotency(scope, key.key);
  await orGone(ports.store.write({ update, set, remove: ["open_until"], if: "attribute_exists(pk)" }));
}

/** Frees a key whose request failed after its commit, and was undone. */
export async function forget({ store }: Pick<Ports, "store">, scope: Scope, key: string): Promise<void> {
  await orGone(store.write({ delete: keys.idempotency(scope, key), if: "attribute_exists(#open_until)" }));
}

async function orGone(written: Promise<unknown>): Promise<void> {
  try {
    await written;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

interface Kept {
  readonly hash: string;
  /** JSON. */
  readonly answer: string;
}

/** The attributes that hold hash and answer. */
async function kept(
  ports: Needs,
  scope: Scope,
  { key, hash }: Idempotency,
  answer: unknown,
  sealed: boolean,
): Promise<Kept | { readonly sealed: string }> {
  const plain: Kept = { hash, answer: JSON.stringify(answer) };
  // A hash of a request with a weak password would tell the password to whoever reads the table
  return sealed ? { sealed: await seal(ports, scope, key, plain) } : plain;
}

const seal = ({ vault }: Needs, scope: Scope, key: string, plain: Kept): Promise<string> =>
  vault.seal(JSON.stringify(plain), owner(scope, key));

async function opened({ vault }: Needs, scope: Scope, key: string, item: Item & Key): Promise<Kept> {
  const sealed = item["sealed"] as string | undefined;
  if (sealed === undefined) return item as unknown as Kept;
  return JSON.parse(await vault.open(sealed, owner(scope, key))) as Kept;
}

const owner = (scope: Scope, key: string) => ({ database: scope, record: `idempotency ${key}` });
