import { commit } from "../configuration/commit.ts";
import { AppError } from "../error.ts";
import * as Id from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { type Item, TransactionCanceled } from "../ports/store.ts";
import { issue } from "./issue.ts";
import type { KeyRecord, Permission } from "./record.ts";

type Needs = Pick<Ports, "store" | "clock" | "random">;

/**
 * Makes an API key. The token is in this answer and nowhere else.
 * @throws AppError invalid_parameter for a blank name or one over 100 characters.
 */
export async function create(
  ports: Needs,
  db: string,
  input: { readonly name: string; readonly permission?: Permission | undefined },
): Promise<KeyRecord & { token: string }> {
  const { record, token, writes } = issue(ports, db, {
    name: clean(input.name),
    permission: input.permission ?? "full_access",
  });
  await commit(ports, db, writes);
  return { ...record, token };
}

/** The keys of a database, newest first. */
export async function list({ store }: Pick<Ports, "store">, db: string): Promise<KeyRecord[]> {
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
export async function rename(ports: Needs, db: string, id: string, name: string): Promise<void> {
  assertId(id);
  const update = { update: keys.apiKey(db, id), set: { name: clean(name) }, if: "attribute_exists(pk)" };
  await orNotFound(commit(ports, db, [update]));
}

/**
 * Revokes a key: it opens nothing from this moment on, also where it was cached (the epoch of keys is raised).
 * @throws AppError not_found when the database has no such key.
 */
export async function remove(ports: Needs, db: string, id: string): Promise<void> {
  assertId(id);
  const writes = [{ delete: keys.apiKey(db, id), if: "attribute_exists(pk)" }, { delete: keys.keyClaim(id) }];
  await orNotFound(commit(ports, db, writes, { add: { key_epoch: 1 } }));
}

function clean(name: string): string {
  const text = name.trim();
  if (text !== "" && text.length <= 100) return text;
  throw new AppError("invalid_parameter", "name is to be 1 to 100 characters.", { details: { field: "name" } });
}

function assertId(id: string): void {
  if (!Id.is("key", id)) throw notFound();
}

/** The entry of the key is the first action. */
async function orNotFound(written: Promise<void>): Promise<void> {
  try {
    await written;
  } catch (error) {
    if (!(error instanceof TransactionCanceled) || error.reasons[0]?.code !== "ConditionalCheckFailed") throw error;
    throw notFound(error);
  }
}

const notFound = (cause?: unknown): AppError =>
  new AppError("not_found", "The database has no such API key.", { cause });
