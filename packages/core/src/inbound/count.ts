import type { Version } from "../database/version.ts";
import { dayOf } from "../limit/day.ts";
import type { Ports } from "../ports/main.ts";
import * as Statistics from "../statistics/day.ts";

/**
 * Counts a mail that was taken in, after it was: it is a figure of the history and nothing else, so that it could not be
 * written is no failure, and a process that is killed before leaves it out.
 */
export async function count(
  ports: Pick<Ports, "store" | "clock" | "random" | "log">,
  { id, reset_utc }: Version,
): Promise<void> {
  const now = ports.clock.now();
  try {
    const by = Buffer.from(ports.random.bytes(4)).toString("hex");
    await ports.store.write(Statistics.add(id, dayOf(now, reset_utc), by, { received: 1 }, now));
  } catch (error) {
    ports.log.warn("a mail that came in was not counted", { database: id, operation: "inbound", error });
  }
}
