import type { Clock } from "@posthouse/core/ports/clock";

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

let current = systemClock;

/** Makes every port of this process tell another time; the embedded mode moves its clock on by it. */
export function useClock(clock: Clock): void {
  current = clock;
}

/** The clock in use: the system's, unless `useClock` gave another. */
export const clock: Clock = {
  now: () => current.now(),
  sleep: (ms) => current.sleep(ms),
};
