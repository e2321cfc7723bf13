import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, type Key, type Store } from "../ports/store.ts";

/** When mail last came in over an alias domain, each ISO 8601 UTC; lies on the mark that the domain is used. */
export interface MailedRecord {
  /** The domain's id. */
  readonly id: string;
  readonly last_at?: string;
  readonly bounce_at?: string;
  readonly catchall_at?: string;
}

/** The mailbox it came through; null = another of the domain, such as that of a routing alias. */
export type Purpose = "bounce" | "catchall" | null;

/** A process notes each at most so often, in ms: a note costs a write. */
const between = 60_000;
const most = 10_000;
const noted = new WeakMap<Store, Map<string, number>>();

/**
 * Notes that mail came in over a domain at a time (ISO 8601 UTC), through one of its mailboxes; never goes back. From
 * then on the domain counts as used (R-DOM-7).
 */
export async function note(
  { store }: Pick<Ports, "store">,
  db: string,
  id: string,
  purpose: Purpose,
  at: string,
): Promise<void> {
  const key = keys.domainUse(db, id);
  await seldom(store, `${db}#${id}#${purpose}`, at, async () => {
    await write(store, key, "last_at", at);
    if (purpose !== null) await write(store, key, `${purpose}_at`, at);
  });
}

/**
 * Notes that mail came in through a routing alias at a time (ISO 8601 UTC), on the alias itself (R-DOM-12). Its domain is
 * noted by {@link note}. Where there is no such alias (any more) nothing is.
 * @param address of the alias, as stored.
 */
export const noteAlias = ({ store }: Pick<Ports, "store">, db: string, address: string, at: string): Promise<void> =>
  seldom(store, `${db}#${address}`, at, () =>
    write(store, keys.alias(db, address), "last_mail_at", at, "attribute_exists(pk) AND "),
  );

async function seldom(store: Store, name: string, at: string, write: () => Promise<void>): Promise<void> {
  const known = noted.get(store) ?? new Map<string, number>();
  noted.set(store, known);
  if (Date.parse(at) - (known.get(name) ?? Number.NEGATIVE_INFINITY) < between) return;
  await write();
  if (known.size >= most) known.clear();
  known.set(name, Date.parse(at));
}

async function write(store: Store, update: Key, field: string, at: string, there = ""): Promise<void> {
  try {
    await store.write({
      update,
      set: { [field]: at },
      if: `${there}(attribute_not_exists(#${field}) OR #${field} < :at)`,
      values: { at },
    });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/** Those of all alias domains of a database that mail came in over. */
export async function list({ store }: Pick<Ports, "store">, db: string): Promise<MailedRecord[]> {
  const found: Item[] = [];
  let cursor: string | undefined;
  do {
    const query = { pk: keys.version(db).pk, prefix: keys.usedPrefix };
    const page = await store.query({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    found.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found.map(({ pk: _pk, sk, ...times }) => ({ ...times, id: sk.slice(keys.usedPrefix.length) }));
}
