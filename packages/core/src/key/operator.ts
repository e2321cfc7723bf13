import * as Audit from "../audit/entry.ts";
import { isBusy } from "../configuration/commit.ts";
import { AppError } from "../error.ts";
import * as Id from "../id.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import { type Claims, once } from "../idempotency/once.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { type Item, isRefused, type Write } from "../ports/store.ts";
import { retry } from "../retry.ts";
import { cleanEnd, cleanName, hasEnded } from "./input.ts";
import type { OperatorKeyRecord } from "./record.ts";
import * as Token from "./token.ts";

/** Keys of the operator at most: each of them opens every database. */
const maximum = 100;

type Needs = Pick<Ports, "store" | "clock" | "random" | "actor">;

/** An operator's key to be made. */
export interface KeyInput {
  readonly name: string;
  /** When it ends. */
  readonly expires_at?: string | null | undefined;
}

/** A key just made. */
export type Created = OperatorKeyRecord & { readonly token: string };

/**
 * Makes a further key of the operator: it may all that the installation's own may. The token is in this answer only,
 * but sealed for a day under an idempotency key.
 * @throws AppError invalid_parameter; conflict when there are 100.
 */
export const create = (ports: Needs & Pick<Ports, "vault">, input: KeyInput, key?: Idempotency): Promise<Created> =>
  once(ports, "operator", key, (claims) => createOne(ports, input, claims), { sealed: true });

async function createOne(ports: Needs, input: KeyInput, claims: Claims<Created>): Promise<Created> {
  const id = Id.make("operator_key", ports);
  const name = cleanName(input.name);
  const valid_until = cleanEnd(ports, input.expires_at);
  const created_at = new Date(ports.clock.now()).toISOString();
  if ((await list(ports)).length >= maximum)
    throw new AppError("conflict", `There are ${maximum} keys of the operator: revoke one first.`);
  const secret = Token.secret(ports.random);
  const record = { id, name, valid_until, created_at };
  const created = { ...record, last_used_at: null, token: Token.format("operator_key", { id, secret }) };
  const put = { put: { ...keys.operatorKey(id), ...record, hash: Token.hash(secret) } };
  await write(
    ports,
    [put, ...(await claims(created))],
    [{ noun: "operator_key", id, action: "create", before: null, after: { name, valid_until, created_at } }],
  );
  return created;
}

/** The operator's keys, newest first, but for the installation's own. */
export async function list({ store }: Pick<Ports, "store">): Promise<OperatorKeyRecord[]> {
  const { pk, sk } = keys.operatorKey("");
  const { items } = await store.query({ pk, prefix: sk, descending: true, consistent: true });
  return items.map(view);
}

/** Revokes a key: it opens nothing from this moment on. @throws AppError not_found */
export async function remove(ports: Needs, id: string): Promise<void> {
  const key = keys.operatorKey(id);
  const found = Id.is("operator_key", id) ? await ports.store.get(key, { consistent: true }) : undefined;
  if (!found) throw notFound();
  const { name, valid_until, created_at } = view(found);
  const before = { name, valid_until, created_at };
  await write(
    ports,
    [{ delete: key, if: "attribute_exists(pk)" }],
    [{ noun: "operator_key", id, action: "delete", before, after: null }],
  );
}

/**
 * Whose token it is, where it is one of these keys: one strong read, so that a revoked one opens nothing at once.
 * @returns undefined for any other token, an ended one too.
 */
export async function authenticate(
  { store, clock }: Pick<Ports, "store" | "clock">,
  text: string,
): Promise<OperatorKeyRecord | undefined> {
  const token = Token.parse("operator_key", text);
  const item = token && (await store.get(keys.operatorKey(token.id), { consistent: true }));
  if (!token || !item || !Token.equal(Token.hash(token.secret), String(item["hash"]))) return undefined;
  const record = view(item);
  return hasEnded(record, clock.now()) ? undefined : record;
}

function view(item: Item): OperatorKeyRecord {
  const { pk: _pk, sk: _sk, hash: _hash, ...record } = item;
  return { last_used_at: null, ...record } as unknown as OperatorKeyRecord;
}

async function write(ports: Needs, changes: readonly Write[], audited: readonly Audit.Change[]): Promise<void> {
  const trail = Audit.putOperators(ports, audited);
  try {
    await retry(ports, isBusy, () => ports.store.transact([...changes, ...trail]));
  } catch (error) {
    if (!isRefused(error)) throw error;
    throw notFound(error);
  }
}

const notFound = (cause?: unknown): AppError =>
  new AppError("not_found", "The operator has no such API key.", { cause });
