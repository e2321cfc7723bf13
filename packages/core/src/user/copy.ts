import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item } from "../ports/store.ts";

/** How many are written at once. */
const parallel = 25;

/**
 * Gives a database the users of another, so that they are told as they are there. One that it has already stays: made
 * again, it adds what is missing.
 */
export async function copy({ store }: Pick<Ports, "store">, from: string, to: string): Promise<void> {
  let cursor: string | undefined;
  do {
    const more = cursor === undefined ? {} : { cursor };
    const page = await store.query({ pk: keys.user(from, "").pk, consistent: true, ...more });
    for (let n = 0; n < page.items.length; n += parallel)
      await Promise.all(page.items.slice(n, n + parallel).map((item) => put(store, to, item)));
    cursor = page.cursor;
  } while (cursor !== undefined);
}

async function put(store: Ports["store"], to: string, item: Item): Promise<void> {
  try {
    await store.write({ put: { ...item, ...keys.user(to, item.sk) }, if: "attribute_not_exists(pk)" });
  } catch (error) {
    // There already
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
