import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forward } from "./forward.ts";
import { changeOf, type Migration, versionOf } from "./migration.ts";
import { registry } from "./registry.ts";
import { places } from "./walk.ts";

const attributes = fc.dictionary(fc.constantFrom(...new Set(registry.flatMap(({ reads }) => reads))), fc.jsonValue());

describe("the registry", () => {
  it("has each id once, and each kind's steps without a gap", () => {
    expect(new Set(registry.map(({ id }) => id)).size).toBe(registry.length);
    for (const [kind, steps] of Map.groupBy(registry, ({ of }) => of)) {
      const froms = steps.map(({ from }) => from);
      expect(froms, kind).toEqual(froms.map((_, n) => (froms[0] ?? 0) + n));
      for (const { from, to } of steps) expect(to).toBe(from + 1);
    }
  });

  it("each step takes anything forward, and nothing that belongs to key, index, end or version", () => {
    const kept = /^(?:pk|sk|v|expires_at|(?:due|list|mark|recipient)_[ps]k)$/;
    for (const step of registry)
      fc.assert(
        fc.property(attributes, (item) => {
          const { set = {}, remove = [] } = changeOf(step, item);
          expect([...Object.keys(set), ...remove].filter((name) => kept.test(name))).toEqual([]);
          expect(changeOf(step, item)).toEqual(changeOf(step, structuredClone(item)));
        }),
      );
  });

  it("what is forward stays so, and what a later release has written is left as it is", () => {
    for (const { of, to } of registry)
      fc.assert(
        fc.property(attributes, (item) => {
          const once = forward(of, item);
          expect(versionOf(once)).toBeGreaterThanOrEqual(to);
          expect(forward(of, once)).toEqual(once);
          const later = { ...item, v: 99, more: true };
          expect(forward(of, later)).toBe(later);
        }),
      );
  });

  it("an old release that knows fewer steps goes as far as those", () => {
    const step = (from: number): Migration => ({
      ...{ id: `s${from}`, of: "received", from, to: from + 1, reads: ["n"] },
      up: ({ n }) => ({ set: { n: Number(n) * 10 }, remove: from === 2 ? ["old"] : [] }),
    });
    const [first, second] = [step(1), step(2)];
    expect(forward("received", { n: 1, old: 1 }, [first])).toEqual({ n: 10, old: 1, v: 2 });
    expect(forward("received", { n: 1, old: 1 }, [first, second])).toEqual({ n: 100, v: 3 });
    expect(forward("former_address", { n: 1 }, [first, second])).toEqual({ n: 1 });
  });

  it("every kind is found in the database that it belongs to, and in no other", () => {
    for (const of of Object.values(places)) for (const { pk } of of("db_1")) expect(pk).toMatch(/#db_1(?:#|$)/);
  });
});
