import type { Ports } from "@posthouse/core/ports/main";

/** What a dead process's calls come back with: never. Here: an error nobody expects. */
export class Dead extends Error {}

/**
 * Ports of a process that dies: the first `calls` writes to store, blobs and queue are made, then it is dead, before
 * the next one, or after it and before its answer. Reads of the dead fail too.
 */
export function dying(ports: Ports, calls: number, moment: "before" | "after"): { ports: Ports; writes: () => number } {
  let made = 0;
  const write =
    <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      if (made > calls || (made === calls && moment === "before")) {
        made++;
        throw new Dead();
      }
      made++;
      const answer = await call(...args);
      if (made > calls) throw new Dead();
      return answer;
    };
  const read =
    <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      if (made > calls) throw new Dead();
      return call(...args);
    };
  const { store, blobs, queue: queues, ses } = ports;
  return {
    writes: () => made,
    ports: {
      ...ports,
      store: {
        get: read((key, options) => store.get(key, options)),
        batchGet: read((keys, options) => store.batchGet(keys, options)),
        query: read((query) => store.query(query)),
        write: write((one) => store.write(one)),
        transact: write((writes, token) => store.transact(writes, token)),
      },
      blobs: {
        get: read((key, range) => blobs.get(key, range)),
        put: write((key, bytes) => blobs.put(key, bytes)),
        delete: write((key) => blobs.delete(key)),
        list: read((prefix, after) => blobs.list(prefix, after)),
        link: read((key, seconds, filename) => blobs.link(key, seconds, filename)),
      },
      queue: {
        send: write((queue, messages) => queues.send(queue, messages)),
        depth: read((queue) => queues.depth(queue)),
      },
      ses: { send: write((message) => ses.send(message)) },
    },
  };
}
