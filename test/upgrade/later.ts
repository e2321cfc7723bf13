import { versionOf } from "@posthouse/core/migration/migration";
import { ConditionFailed, type Item, type Store, TransactionCanceled } from "@posthouse/core/ports/store";
import { kindOf } from "./kinds.ts";

/** What a later release may have added to any item. */
export const added: Readonly<Record<string, unknown>> = { of_a_later_release: { words: ["more"] }, also_later: 7 };

const marked = (item: Item): Item => ({ ...item, ...added, v: versionOf(item) + 1 });

/**
 * A store as if a later release had written every item: each that is read has attributes that nobody knows and the next
 * version of its shape, also the one that a failed condition tells of. What is written is as it is.
 * @param seen gets the kinds of all items that were read
 */
export function later(store: Store, seen: Set<string>): Store {
  const read = (item: Item): Item => {
    seen.add(kindOf(item));
    return marked(item);
  };
  const failed = (error: unknown): unknown => {
    if (error instanceof ConditionFailed) return new ConditionFailed(error.item && read(error.item));
    if (!(error instanceof TransactionCanceled)) return error;
    return new TransactionCanceled(error.reasons.map((one) => (one.item ? { ...one, item: read(one.item) } : one)));
  };
  const or = <T>(answer: Promise<T>): Promise<T> =>
    answer.catch((error: unknown) => {
      throw failed(error);
    });
  return {
    get: async (key, options) => {
      const item = await store.get(key, options);
      return item && read(item);
    },
    batchGet: async (keys, options) => (await store.batchGet(keys, options)).map(read),
    query: async (query) => {
      const page = await store.query(query);
      return { ...page, items: page.items.map(read) };
    },
    write: async (one) => {
      const item = await or(store.write(one));
      return item && read(item);
    },
    transact: (writes, token) => or(store.transact(writes, token)),
  };
}
