import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@posthouse/aws/clock";
import type { Clock } from "@posthouse/core/ports/clock";

/** A clock that runs with real time and can be moved on. */
export interface MovableClock extends Clock {
  /** Moves it on; kept over a restart. @throws RangeError for anything but a number of ms from 0 to ten years. */
  advance(ms: number): void;
}

const tenYears = 10 * 365 * 86_400_000;

/** The machine's clock, with how far it was moved on in `<dir>/clock.json`. */
export function openClock(dir: string): MovableClock {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, "clock.json");
  let offset = read(file);
  return {
    now: () => Date.now() + offset,
    sleep: systemClock.sleep,
    advance(ms) {
      if (!(ms >= 0 && ms <= tenYears)) throw new RangeError("The clock is moved on by 0 s to ten years.");
      // On disk first: after a kill nothing may be dated later than the clock.
      writeFileSync(`${file}.new`, JSON.stringify({ offset_ms: offset + ms }));
      renameSync(`${file}.new`, file);
      offset += ms;
    },
  };
}

function read(file: string): number {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { offset_ms: number }).offset_ms;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw new Error(`${file} can not be read: delete it to let the clock start at real time.`, { cause: error });
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";
