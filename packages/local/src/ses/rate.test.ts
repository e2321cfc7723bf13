import * as fc from "fast-check";
import { expect, it } from "vitest";
import { createBucket } from "./rate.ts";

it("takes no more than its rate, and one second of it ahead", () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 700 })), { minLength: 1 });
  fc.assert(
    fc.property(fc.integer({ min: 5, max: 20 }), steps, (rate, list) => {
      const bucket = createBucket();
      let now = 0;
      let taken = 0;
      for (const [n, wait] of list) {
        now += wait;
        if (bucket.take(n, rate, now)) taken += n;
      }
      expect(taken).toBeLessThanOrEqual(rate + (now / 1000) * rate + 1e-6);
    }),
  );
});

it("lets one mail larger than the rate through, and then waits until it is paid", () => {
  const bucket = createBucket();
  expect(bucket.take(50, 10, 0)).toBe(true);
  expect(bucket.take(1, 10, 4000)).toBe(false);
  expect(bucket.take(1, 10, 4100)).toBe(true);
});
