import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Asked, fromItem, merge, type Stop, stopOf, stopsOf, toItem } from "./entry.ts";

const leaves = (stops: readonly Pick<Stop, "scope" | "until">[], at: number, kind: string) =>
  stops.some(({ scope, until = Number.POSITIVE_INFINITY }) => at < until && (scope === "all" || kind === "mass"));
const itemOf = (stops: readonly Stop[]) => ({ pk: "SUP#db_1", sk: "a@b.example", ...toItem(stops) });
const asked: fc.Arbitrary<Asked> = fc
  .record({
    scope: fc.constantFrom("all" as const, "mass" as const),
    origin: fc.constantFrom("manual" as const, "complaint" as const, "import" as const),
    until: fc.option(fc.integer({ min: 2_000, max: 9_999 }), { nil: undefined }),
  })
  .map(({ until, ...rest }) => ({ ...rest, address: "a@b.example", ...(until !== undefined && { until }) }));

describe("R-FAIL-5 the stops of an address", () => {
  it("leave out what any of them was asked for, for as long: whatever comes after what", () => {
    fc.assert(
      fc.property(fc.array(asked, { minLength: 1, maxLength: 6 }), (all) => {
        let stops: readonly Stop[] = [];
        for (const each of all) {
          const there = stops.length === 0 ? [] : stopsOf(itemOf(stops), 1_000);
          stops = merge(there, stopOf(each, 1_000)) ?? stops;
        }
        const wanted = all.map((each) => stopOf(each, 1_000));
        for (let at = 1; at <= 10; at++)
          for (const kind of ["mass", "transactional"])
            expect(leaves(stopsOf(itemOf(stops), at * 1_000), at, kind)).toBe(leaves(wanted, at, kind));
      }),
    );
  });

  it("stay as they are only where nothing more is asked", () => {
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 3 }), asked, (before, more) => {
        let stops: readonly Stop[] = [];
        for (const each of before) stops = merge(stops, stopOf(each, 1_000)) ?? stops;
        const stop = stopOf(more, 1_000);
        const times = Array.from({ length: 10 }, (_, n) => n + 1);
        const adds = times.some((at) =>
          ["mass", "transactional"].some((kind) => leaves([stop], at, kind) && !leaves(stops, at, kind)),
        );
        expect(merge(stops, stop) !== undefined).toBe(adds);
      }),
    );
  });

  it("are told with the end of each, and when that of all mail is past, what is left of them", () => {
    const all = stopOf({ address: "a@b.example", scope: "all", origin: "manual", until: 5_999 }, 1_000);
    const mass = stopOf({ address: "a@b.example", scope: "mass", origin: "soft_bounces", email: "em_1" }, 500);
    const item = itemOf(merge([mass], all) ?? []);
    expect(fromItem(item, 4_999)).toMatchObject({
      scope: "all",
      origin: "manual",
      until: "1970-01-01T00:00:05.000Z",
      mass_until: null,
      source_id: null,
    });
    expect(fromItem(item, 5_000)).toMatchObject({
      scope: "mass",
      origin: "soft_bounces",
      until: null,
      mass_until: null,
      source_id: "em_1",
    });
    const { scope: _scope, ...short } = all;
    expect(fromItem(itemOf([{ ...short, scope: "all" }]), 5_000)).toBeUndefined();
  });
});
