import { setTimeout as sleep } from "node:timers/promises";
import type { Item, Key, Store, Write } from "@posthouse/core/ports/store";

/**
 * A store that answers after `ms`, as DynamoDB does over a network, without taking a core from what is measured. It
 * holds what one process alone works on, so that every condition holds: none is looked at.
 */
export function createMemory(): Store & { ms: number } {
  const partitions = new Map<string, Map<string, Item>>();
  const partition = (pk: string): Map<string, Item> => {
    const found = partitions.get(pk) ?? new Map<string, Item>();
    partitions.set(pk, found);
    return found;
  };
  const find = ({ pk, sk }: Key): Item | undefined => partitions.get(pk)?.get(sk);
  const make = (write: Write): Item | undefined => {
    if ("delete" in write) return void partition(write.delete.pk).delete(write.delete.sk);
    const item = "put" in write ? write.put : changed(find(write.update), write);
    partition(item.pk).set(item.sk, item);
    return item;
  };
  const answer = <T>(value: T): Promise<T> => (store.ms > 0 ? sleep(store.ms, value) : Promise.resolve(value));
  const store: Store & { ms: number } = {
    ms: 0,
    get: (key) => answer(find(key)),
    batchGet: (keys) => answer(keys.flatMap((key) => find(key) ?? [])),
    query({ pk, prefix = "", index, limit }) {
      if (index) throw new Error("the store in memory has no indexes");
      const items = [...(partitions.get(pk)?.values() ?? [])].filter(({ sk }) => sk.startsWith(prefix));
      return answer({ items: items.slice(0, limit) });
    },
    write: (write) => answer(make(write)),
    async transact(writes) {
      for (const write of writes) if (!("check" in write)) make(write);
      await answer(undefined);
    },
  };
  return store;
}

function changed(
  item: Item | undefined,
  { update, set, add = {}, remove = [] }: Extract<Write, { update: Key }>,
): Item {
  const next: Item = { ...item, ...set, ...update };
  for (const [name, n] of Object.entries(add)) next[name] = Number(item?.[name] ?? 0) + n;
  for (const name of remove) delete next[name];
  return next;
}
