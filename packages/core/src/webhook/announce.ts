import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Check, Store, Write } from "../ports/store.ts";
import * as Message from "./message.ts";

type Needs = Pick<Ports, "queue" | "log">;

/**
 * A store that has each event put on its queue as soon as it is written to the outbox, whoever writes it. That it could
 * not be is no failure of the write: the tick finds what is due.
 */
export const announcing = (store: Store, ports: Needs): Store => ({
  ...store,
  async write(write) {
    const answer = await store.write(write);
    await announce(ports, [write]);
    return answer;
  },
  async transact(writes, token) {
    await store.transact(writes, token);
    await announce(ports, writes);
  },
});

const outboxPrefix = keys.outbox("", "").pk;

async function announce({ queue, log }: Needs, writes: readonly (Write | Check)[]): Promise<void> {
  const events = writes.flatMap((write) =>
    "put" in write && write.put.pk.startsWith(outboxPrefix) ? [write.put] : [],
  );
  if (events.length === 0) return;
  const database = String(events[0]?.["database"]);
  try {
    await queue.send(
      "webhook",
      events.map((event) => Message.ofEvent(String(event["database"]), event.sk)),
    );
  } catch (error) {
    log.warn("events were not enqueued, the tick will", { database, operation: "webhook", error });
  }
}
