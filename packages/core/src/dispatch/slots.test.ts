import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstOf, massOf, periodOf, slotsOf, timeOf } from "./slots.ts";

const rates = fc.double({ min: 0.5, max: 2_000, noNaN: true });

describe("slots", () => {
  it("R-KIND-4 mass mail has 70 % of them, however few there are", () => {
    fc.assert(
      fc.property(rates, fc.integer({ min: 0, max: 1_000_000 }), (rate, ten) => {
        const slots = slotsOf(rate);
        const counts = Array.from({ length: 10 }, (_, n) => massOf(slots, ten * 10 + n));
        const share = counts.reduce((sum, n) => sum + n, 0) / (slots.capacity * 10);
        expect(share).toBeLessThanOrEqual(0.7 + 1e-9);
        expect(share).toBeGreaterThan(0.6);
        expect(Math.max(...counts)).toBeLessThanOrEqual(Math.ceil(slots.capacity * 0.7));
      }),
    );
  });

  it("never ask for more than the rate, nor at once for more than a second of it holds", () => {
    fc.assert(
      fc.property(rates, fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 200 }), (rate, moments) => {
        const slots = slotsOf(rate);
        // Whoever wants a slot takes the first that is free and not too late: the bucket of SES never overflows
        let level = 0;
        let at = 0;
        const taken = new Set<number>();
        for (const sent of moments
          .toSorted((a, b) => a - b)
          .map((now) => takeSlot(slots, taken, now))
          .toSorted((a, b) => a - b)) {
          level = Math.max(0, level - ((sent - at) / 1000) * rate);
          at = sent;
          expect(level === 0 || level + 1 <= Math.max(rate, 1) + 1e-6).toBe(true);
          level += 1;
        }
      }),
    );
  });

  /** @returns when a mail that is ready at `now` goes. */
  function takeSlot(slots: ReturnType<typeof slotsOf>, taken: Set<number>, now: number): number {
    for (let n = periodOf(slots, now); ; n++)
      for (let slot = firstOf(slots, n, now); slot < slots.capacity; slot++) {
        const key = n * slots.capacity + slot;
        if (taken.has(key)) continue;
        taken.add(key);
        return Math.max(now, timeOf(slots, n, slot));
      }
  }
});
