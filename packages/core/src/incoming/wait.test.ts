import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { waitAfter } from "./wait.ts";

describe("R-IN-8 when a mailbox is looked into again", () => {
  const minutes = fc.integer({ min: 1, max: 60 });

  it("R-IN-8 as chosen while all goes well; after failures ever later, never sooner than chosen nor later than an hour", () => {
    fc.assert(
      fc.property(minutes, fc.integer({ min: 0, max: 10_000 }), (chosen, failures) => {
        const wait = waitAfter(chosen, failures, { class: "no_answer" });
        expect(wait).toBeGreaterThanOrEqual(chosen);
        expect(wait).toBeLessThanOrEqual(60);
        expect(waitAfter(chosen, failures + 1, { class: "no_answer" })).toBeGreaterThanOrEqual(wait);
        if (failures === 0) expect(wait).toBe(chosen);
      }),
    );
    expect([1, 2, 3, 4, 5, 6, 7, 8].map((n) => waitAfter(1, n))).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it("R-IN-8 a login that was refused is not tried again within half an hour", () => {
    fc.assert(
      fc.property(minutes, fc.integer({ min: 1, max: 100 }), (chosen, failures) => {
        expect(waitAfter(chosen, failures, { class: "authentication" })).toBeGreaterThanOrEqual(30);
      }),
    );
  });
});
