import { keyKept } from "../constants.ts";
import { add } from "./state.ts";

/** Which databases' keys processes have in memory, opened by KMS. */
export interface Keys {
  /** Second in which the first of them opened it. */
  readonly since: Int32Array;
  /** How many have since. */
  readonly times: Int32Array;
}

/** None yet. @param databases how many there are */
export const create = (databases: number): Keys => ({
  since: new Int32Array(databases),
  times: new Int32Array(databases),
});

/**
 * Processes use a database's key: each asks KMS once in some minutes (G6). As if work came to each process before it came to
 * one a second time, which is the dearest way.
 * @param most how many processes there are
 * @returns how many asked
 */
export function open({ since, times }: Keys, database: number, now: number, uses: number, most: number): number {
  if (now - (since[database] ?? 0) >= keyKept) {
    since[database] = now;
    times[database] = 0;
  }
  const asked = Math.min(uses, most - (times[database] ?? 0));
  add(times, database, asked);
  return asked;
}
