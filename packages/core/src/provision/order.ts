import type { Ports } from "../ports/main.ts";
import type { Message } from "../ports/queue.ts";

/** The domain that an order is for: with its name, by which it is let go of where nothing else is left of it. */
export interface Ordered {
  readonly id: string;
  readonly name: string;
}

/** The message that orders what a database, or one domain of it, needs at the provider. */
export const message = (db: string, domain?: Ordered): Message => ({
  body: { database: db, ...(domain === undefined ? {} : { domain: domain.id, name: domain.name }) },
  group: db,
});

/** Orders what a database, or one domain of it, needs at the provider. The tick orders it again where this fails. */
export async function order({ queue, log }: Pick<Ports, "queue" | "log">, db: string, domain?: Ordered): Promise<void> {
  try {
    await queue.send("provision", [message(db, domain)]);
  } catch (error) {
    log.warn("provisioning not ordered, left to the tick", { database: db, error });
  }
}
