import { commit } from "../configuration/commit.ts";
import type { Loaded } from "../configuration/load.ts";
import { change } from "../database/change.ts";
import type { Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import * as Id from "../id.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import { type Claims, once } from "../idempotency/once.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { type Item, isRefused } from "../ports/store.ts";
import { domainNames } from "./bound.ts";
import { cleanEnd, cleanName } from "./input.ts";
import { issue } from "./issue.ts";
import type { KeyRecord, KeyUse, Permission } from "./record.ts";

/** API keys of a database at most, ended ones too. */
export const maximum = 1_000;

type Needs = Pick<Ports, "store" | "clock" | "random" | "operator" | "actor">;

/** A key to be made. */
export interface KeyInput {
  readonly name: string;
  /** Default: `full_access`. */
  readonly permission?: Permission | undefined;
  /** Ids or names of the alias domains its mail may go out from; with `sending_access` only. */
  readonly domains?: readonly string[] | undefined;
  /** When it ends. */
  readonly expires_at?: string | null | undefined;
}

/** A key just made. */
export type Created = KeyRecord & { readonly token: string };

/**
 * Makes an API key. The token is in this answer and nowhere else, but sealed for a day under an idempotency key.
 * @throws AppError invalid_parameter; conflict when there are 1,000.
 */
export const create = (
  ports: Needs & Pick<Ports, "vault">,
  version: Version,
  input: KeyInput,
  key?: Idempotency,
): Promise<Created> =>
  once(ports, version.id, key, (claims) => createOne(ports, version, input, claims), { sealed: true });

/** Decided on the configuration as it stands, so that keys made at once see each other. */
async function createOne(ports: Needs, version: Version, input: KeyInput, claims: Claims<Created>): Promise<Created> {
  const { permission = "full_access" } = input;
  const [name, valid_until] = [cleanName(input.name), cleanEnd(ports, input.expires_at)];
  return change(
    ports,
    version,
    async (loaded) => {
      const domains = bound(loaded, permission, input.domains);
      if ((await records(ports, version.id)).length >= maximum)
        throw new AppError("conflict", `A database has at most ${maximum} API keys: revoke one first.`);
      const { record, token, writes } = issue(ports, version.id, { name, permission, domains, valid_until });
      const { id, ...after } = record;
      const audited = [{ noun: "api_key", id, action: "create", before: null, after }] as const;
      return { writes, audited, result: { ...record, token } };
    },
    claims,
  );
}

/** Whoever may configure the database could free itself of a restriction: only a key that cannot is given one. */
function bound(loaded: Loaded, permission: Permission, domains?: readonly string[]): readonly string[] | null {
  if (domains === undefined) return null;
  if (permission === "sending_access") return domainNames(loaded, domains);
  throw new AppError("invalid_parameter", "domains goes with `permission: sending_access` only.", {
    details: { field: "domains" },
  });
}

/** The keys of a database, newest first, with their last use. */
export async function list({ store }: Pick<Ports, "store">, db: string): Promise<KeyUse[]> {
  const found = await records({ store }, db);
  const claims = await store.batchGet(found.map(({ id }) => keys.keyClaim(id)));
  const used = new Map(claims.map((item) => [item.pk, item["last_used_at"] as string | undefined]));
  return found.map((record) => ({ ...record, last_used_at: used.get(keys.keyClaim(record.id).pk) ?? null }));
}

async function records({ store }: Pick<Ports, "store">, db: string): Promise<KeyRecord[]> {
  const { pk } = keys.version(db);
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const from = cursor === undefined ? {} : { cursor };
    const page = await store.query({ pk, prefix: keys.apiKeyPrefix, descending: true, consistent: true, ...from });
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return items.map(({ pk: _pk, sk: _sk, ...record }) => record as unknown as KeyRecord);
}

/** Gives a key another name. @throws AppError not_found, invalid_parameter */
export async function rename(ports: Needs, db: string, id: string, text: string): Promise<void> {
  assertId(id);
  const name = cleanName(text);
  const update = { update: keys.apiKey(db, id), set: { name }, if: "attribute_exists(pk)" };
  const before = { name: (await ports.store.get(keys.apiKey(db, id)))?.["name"] ?? null };
  await orNotFound(
    commit(ports, db, [update], {}, [{ noun: "api_key", id, action: "update", before, after: { name } }]),
  );
}

/**
 * Revokes a key: it opens nothing from this moment on, also where it was cached (the epoch of keys is raised).
 * @throws AppError not_found when the database has no such key.
 */
export async function remove(ports: Needs, db: string, id: string): Promise<void> {
  assertId(id);
  const { pk: _pk, sk: _sk, ...before } = (await ports.store.get(keys.apiKey(db, id))) ?? { pk: "", sk: "" };
  const writes = [{ delete: keys.apiKey(db, id), if: "attribute_exists(pk)" }, { delete: keys.keyClaim(id) }];
  const audited = { noun: "api_key", id, action: "delete", before, after: null } as const;
  await orNotFound(commit(ports, db, writes, { add: { key_epoch: 1 } }, [audited]));
}

function assertId(id: string): void {
  if (!Id.is("key", id)) throw notFound();
}

/** The entry of the key is the first action. */
async function orNotFound(written: Promise<void>): Promise<void> {
  try {
    await written;
  } catch (error) {
    if (!isRefused(error)) throw error;
    throw notFound(error);
  }
}

const notFound = (cause?: unknown): AppError =>
  new AppError("not_found", "The database has no such API key.", { cause });
