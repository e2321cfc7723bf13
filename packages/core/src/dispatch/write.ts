import { isBusy } from "../configuration/commit.ts";
import type { Ports } from "../ports/main.ts";
import { patience, retry } from "../retry.ts";

/**
 * Makes a write again while it meets conflicts or throttling.
 *
 * A write whose answer was lost and that is made again finds its own condition gone: what follows then treats the
 * email as somebody else's, its lease ends, and its event settles it. That costs time, never a second copy.
 */
export const untilWritten = <T>(ports: Pick<Ports, "clock" | "random">, write: () => Promise<T>): Promise<T> =>
  retry(ports, isBusy, write, patience);
