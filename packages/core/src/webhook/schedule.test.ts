import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attempts, patience, restFor, waitAfter, waitAtRest } from "./schedule.ts";

const hour = 3_600_000;
const chance = fc.double({ min: 0, max: 1, noNaN: true });

describe("attempts of a delivery", () => {
  it("go on for 24 hours at least and end before its time is over, each wait longer than the one before", () => {
    fc.assert(
      fc.property(fc.array(chance, { minLength: attempts, maxLength: attempts }), (chances) => {
        const waits = chances.map((each, n) => waitAfter(n + 1, each));
        const made = waits.slice(0, -1).map((wait) => wait ?? 0);
        expect(waits.at(-1)).toBeUndefined();
        expect(made).toEqual(made.toSorted((a, b) => a - b));
        const whole = made.reduce((sum, wait) => sum + wait, 0);
        expect(whole).toBeGreaterThanOrEqual(24 * hour);
        expect(whole).toBeLessThan(patience);
      }),
    );
  });

  it("Standard Webhooks: are up to a tenth sooner or later at random, each of them", () => {
    for (let failed = 1; failed < attempts; failed++) {
      const [least = 0, mean = 0, most = 0] = [0, 0.5, 1].map((each) => waitAfter(failed, each));
      expect([least / mean, most / mean]).toEqual([expect.closeTo(0.9), expect.closeTo(1.1)]);
    }
  });

  it("begin within seconds", () => {
    for (const each of [0, 0.5, 1]) expect(waitAfter(1, each)).toBeLessThanOrEqual(5_500);
  });

  it("an endpoint that stays silent is left alone for longer each time, at most an hour", () => {
    expect([1, 2, 3, 4].map(restFor)).toEqual([30_000, 60_000, 120_000, 240_000]);
    expect(restFor(50)).toBe(hour);
  });

  it("wait at one that rests until it is over and as long as they have, and come when their time is over", () => {
    const waited = fc.integer({ min: 0, max: patience });
    const rests = fc.integer({ min: 0, max: hour });
    fc.assert(
      fc.property(waited, rests, chance, (age, rest, each) => {
        const now = 10 * patience;
        const wait = waitAtRest(now - age, now + rest, now, each);
        const least = Math.max(30_000, rest, age);
        expect(wait).toBeGreaterThanOrEqual(Math.min(least, Math.max(30_000, patience - age)));
        expect(wait).toBeLessThanOrEqual(Math.max(1_800_000, 1.5 * least));
        expect(age + wait).toBeLessThanOrEqual(Math.max(patience + 1_800_000, age + 30_000));
      }),
    );
  });
});
