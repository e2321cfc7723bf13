import type { Ports } from "../ports/main.ts";
import type { Message, QueueName } from "../ports/queue.ts";
import { slot } from "./due.ts";
import type { Head } from "./head.ts";

/** Connections to one external server at a time. */
const maxConnections = 2;

/** What a dispatch job names. */
export interface DispatchJob {
  readonly database: string;
  readonly id: string;
}

/**
 * Puts an email on the queue it belongs to: platform mail by kind (R-KIND-4), shared fairly between databases;
 * external mail in order and on at most `maxConnections` connections a server.
 */
export async function enqueue(
  { queue }: Pick<Ports, "queue">,
  head: Pick<Head, "database" | "id" | "kind" | "over" | "server" | "try" | "due_sk">,
): Promise<void> {
  const { name, message } = address(head);
  await queue.send(name, [message]);
}

/** Puts emails on the queues they belong to, those of one queue together. */
export async function enqueueAll(
  { queue }: Pick<Ports, "queue">,
  heads: readonly Parameters<typeof enqueue>[1][],
): Promise<void> {
  const groups = Map.groupBy(heads.map(address), ({ name }) => name);
  for (const [name, group] of groups)
    await queue.send(
      name,
      group.map(({ message }) => message),
    );
}

/** The queue an email belongs to. */
export const queueOf = (head: Parameters<typeof enqueue>[1]): QueueName => address(head).name;

function address(head: Parameters<typeof enqueue>[1]): { name: QueueName; message: Message } {
  const { database, id } = head;
  const body: DispatchJob = { database, id };
  if (head.over === "platform")
    return { name: head.kind === "mass" ? "mass" : "dispatch", message: { body: { ...body }, group: database } };
  return {
    name: "external",
    message: {
      body: { ...body },
      group: `${head.server}#${slot(id, maxConnections)}`,
      // Server and time make it another message: one that is routed again, or that the tick brings back, must not be
      // taken for the first
      deduplication: `${id}.${head.server}.${head.try}.${Date.parse(head.due_sk?.slice(0, 24) ?? "") || 0}`,
    },
  };
}
