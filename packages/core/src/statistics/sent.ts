import type { Head } from "../email/head.ts";
import type { Ports } from "../ports/main.ts";
import * as Statistics from "./day.ts";
import { today } from "./today.ts";

/** Recipients that mail of one invocation was handed over for, by database. */
export interface Sent {
  /** @param over whether the platform took it, or a server of the database's own. */
  add(database: string, n: number, over: Head["over"]): void;
  /**
   * Adds them to the day's counts, one plain write for each database: they are a figure of the history and nothing else,
   * so that it could not be written is no failure, and a process that is killed before leaves them out.
   */
  write(ports: Pick<Ports, "store" | "clock" | "random" | "log">): Promise<void>;
}

type Handed = Pick<Statistics.Counts, "sent"> & Partial<Pick<Statistics.Counts, "platform_sent">>;

/** Nothing yet. */
export function create(): Sent {
  const sums = new Map<string, Handed>();
  return {
    add: (database, n, over) => {
      const { sent, platform_sent = 0 } = sums.get(database) ?? { sent: 0 };
      const more = platform_sent + (over === "platform" ? n : 0);
      sums.set(database, { sent: sent + n, ...(more > 0 && { platform_sent: more }) });
    },
    write: async (ports) => {
      const some = [...sums].filter(([, { sent }]) => sent > 0);
      await Promise.all(some.map(([database, counts]) => writeOne(ports, database, counts)));
    },
  };
}

async function writeOne(
  ports: Pick<Ports, "store" | "clock" | "random" | "log">,
  database: string,
  counts: Handed,
): Promise<void> {
  try {
    const day = await today(ports, database);
    const by = Buffer.from(ports.random.bytes(4)).toString("hex");
    if (day !== undefined) await ports.store.write(Statistics.add(database, day, by, counts, ports.clock.now()));
  } catch (error) {
    ports.log.warn("what was sent was not counted", { database, count: counts.sent, operation: "dispatch", error });
  }
}
