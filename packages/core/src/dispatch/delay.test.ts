import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { after, delayAfter } from "./delay.ts";

const minute = 60_000;
const tick = minute;

/** The waits between the tries of a mail whose every try fails at once, in minutes. */
function waits(life: number, late: (n: number) => number = () => 0): number[] {
  const waited: number[] = [];
  let now = 0;
  for (let n = 1; ; n++) {
    const next = after(n, now, life, tick);
    if (next === undefined) return waited;
    waited.push((next - now) / minute);
    now = next + late(n);
  }
}

describe("R-FAIL-6 growing delays", () => {
  it("R-FAIL-6 1, 2, 4, 8, 15, 30, 60 minutes, then hourly, to the end of a day", () => {
    const all = waits(24 * 60 * minute);
    expect(all.slice(0, 7)).toEqual([1, 2, 4, 8, 15, 30, 60]);
    expect(new Set(all.slice(6, -1))).toEqual(new Set([60]));
    expect(delayAfter(1_000)).toBe(60 * minute);
  });

  it("R-FAIL-6 the last try comes shortly before the end, and before it at any lateness of the tick", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2 * minute, max: 72 * 60 * minute }),
        fc.array(fc.nat(tick), { minLength: 1, maxLength: 20 }),
        (life, lateness) => {
          const late = (n: number) => lateness[n % lateness.length] ?? 0;
          let now = 0;
          for (let n = 1; ; n++) {
            const next = after(n, now, life, tick);
            if (next === undefined) break;
            expect(next - now).toBeLessThanOrEqual(delayAfter(n));
            now = next + late(n);
            expect(now).toBeLessThan(life);
          }
          // nothing but the last minutes is left untried: margin, tick, its lateness, and what is not worth a wait
          expect(life - now).toBeLessThanOrEqual(30_000 + tick + 30_000);
        },
      ),
    );
  });

  it("R-FAIL-6 a life too short for a second try has none", () => {
    expect(after(1, 0, 2 * minute - 1, tick)).toBeUndefined();
    expect(after(1, 0, 2 * minute, tick)).toBe(30_000);
  });
});
