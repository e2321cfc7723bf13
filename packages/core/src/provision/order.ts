import type { Ports } from "../ports/main.ts";

/** Orders what a database, or one domain of it, needs at the provider. The tick orders it again where this fails. */
export async function order({ queue, log }: Pick<Ports, "queue" | "log">, db: string, domain?: string): Promise<void> {
  try {
    await queue.send("provision", [{ body: { database: db, ...(domain === undefined ? {} : { domain }) }, group: db }]);
  } catch (error) {
    log.warn("provisioning not ordered, left to the tick", { database: db, error });
  }
}
