import { isBusy } from "../configuration/commit.ts";
import type { Ports } from "../ports/main.ts";
import { patience, retry } from "../retry.ts";
import { today } from "../statistics/today.ts";
import type { EventType } from "../webhook/outbox.ts";
import { wanted } from "../webhook/wanted.ts";
import type { InHand } from "./hand.ts";

/** What the writing of an outcome has to know beside the email itself. */
export interface Beside {
  /** What some webhook is to be told. */
  readonly wanted: ReadonlySet<EventType>;
  /** The counting day (R-LIM-2); undefined where the database is gone. */
  readonly day: string | undefined;
}

/**
 * Reads it. A mail that is to be handed over has it from before its claim: between a server's answer and the writing of
 * that nothing is read, for a read that failed would make of a known acceptance an unknown one (G3).
 * @throws what the store throws, after repeated tries.
 */
export async function read(ports: Pick<Ports, "store" | "clock" | "random">, db: string): Promise<Beside> {
  const both = () => Promise.all([wanted(ports, db), today(ports, db)]);
  const [types, day] = await retry(ports, isBusy, both, patience);
  return { wanted: types, day };
}

/** What the email has with it, else read now. */
export const of = async (ports: Pick<Ports, "store" | "clock" | "random">, { head, beside }: InHand): Promise<Beside> =>
  beside ?? (await read(ports, head.database));
