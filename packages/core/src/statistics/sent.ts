import type { Ports } from "../ports/main.ts";
import * as Statistics from "./day.ts";
import { today } from "./today.ts";

/** Recipients that mail of one invocation was handed over for, by database. */
export interface Sent {
  add(database: string, n: number): void;
  /**
   * Adds them to the day's counts, one plain write for each database: they are a figure of the history and nothing else,
   * so that it could not be written is no failure, and a process that is killed before leaves them out.
   */
  write(ports: Pick<Ports, "store" | "clock" | "random" | "log">): Promise<void>;
}

/** Nothing yet. */
export function create(): Sent {
  const sums = new Map<string, number>();
  return {
    add: (database, n) => void sums.set(database, (sums.get(database) ?? 0) + n),
    write: async (ports) => {
      const some = [...sums].filter(([, n]) => n > 0);
      await Promise.all(some.map(([database, n]) => writeOne(ports, database, n)));
    },
  };
}

async function writeOne(
  ports: Pick<Ports, "store" | "clock" | "random" | "log">,
  database: string,
  n: number,
): Promise<void> {
  try {
    const day = await today(ports, database);
    const by = Buffer.from(ports.random.bytes(4)).toString("hex");
    if (day !== undefined) await ports.store.write(Statistics.add(database, day, by, { sent: n }, ports.clock.now()));
  } catch (error) {
    ports.log.warn("what was sent was not counted", { database, count: n, operation: "dispatch", error });
  }
}
