import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { inForce, make, overlap, rotate, type Secrets } from "./secret.ts";

const random = { bytes: (count: number) => randomBytes(count) };

it("Standard Webhooks: a secret is whsec_ and base64 of 24 to 64 random bytes", () => {
  const secret = make(random);
  expect(secret).toMatch(/^whsec_[\w+/]+=*$/);
  expect(Buffer.from(secret.slice(6), "base64")).toHaveLength(32);
  expect(make(random)).not.toBe(secret);
});

it("a rotated secret signs for 24 hours beside the new one, then no more", () => {
  const rotated = rotate({ current: "a", former: [] }, "b", 1_000);
  expect(inForce(rotated, 1_000)).toEqual(["b", "a"]);
  expect(inForce(rotated, 1_000 + overlap - 1)).toEqual(["b", "a"]);
  expect(inForce(rotated, 1_000 + overlap)).toEqual(["b"]);
});

it("whatever the rotations: the newest signs first, none twice, each former one for 24 hours, three of them at most", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 2 * overlap }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 0, max: 2 * overlap }), (between, after) => {
      let now = 0;
      let secrets: Secrets = { current: "0", former: [] };
      const replaced: { secret: string; at: number }[] = [];
      for (const [n, gap] of between.entries()) {
        now += gap;
        replaced.unshift({ secret: secrets.current, at: now });
        secrets = rotate(secrets, String(n + 1), now);
      }
      const at = now + after;
      const still = replaced.slice(0, 3).filter((each) => at < each.at + overlap);
      expect(inForce(secrets, at)).toEqual([String(between.length), ...still.map(({ secret }) => secret)]);
    }),
  );
});
