import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  asOf,
  fitsNextMinute,
  type Limits,
  limitsOf,
  nextMinute,
  reserve,
  roomFor,
  take,
  type Use,
  unused,
  without,
} from "./limit.ts";
import type { ServerRecord } from "./record.ts";

const minuteMs = 60_000;
const start = Date.parse("2026-11-22T21:30:00Z");
const limits = (per_minute: number | null, per_day: number | null): Limits => ({
  server: "srv_1" as Limits["server"],
  per_minute,
  per_day,
  reset_utc: "23:00",
});

const sum = (sizes: readonly number[]) => sizes.reduce((total, n) => total + n, 0);

/**
 * Lets a line through, minute by minute; what it lets through comes to be handed over `late` minutes later, and joins
 * again where it finds no room.
 * @returns for each minute its day, and the sizes handed over.
 */
function run(
  of: Limits,
  sizes: readonly number[],
  minutes: number,
  late: number,
): { day: string; minute: string; sizes: number[] }[] {
  let line = sizes.map((n, id) => ({ n, id }));
  const through: (typeof line)[] = [];
  const passed: { day: string; minute: string; sizes: number[] }[] = [];
  let use: Use = unused;
  let left = sum(sizes);
  for (let minute = 0; minute < minutes && left > 0; minute++) {
    const room = reserve(
      asOf(use, of, start + minute * minuteMs),
      of,
      line.map(({ n }) => n),
    );
    use = room.use;
    through.push(line.splice(0, room.count));
    const now: number[] = [];
    for (const mail of through[minute - late] ?? []) {
      const after = take(use, of, mail.n, true);
      if (after) now.push(mail.n);
      else line = [...line, mail].toSorted((one, other) => one.id - other.id);
      use = after ?? use;
    }
    left -= sum(now);
    passed.push({ day: use.day, minute: use.minute, sizes: now });
  }
  return passed;
}

const sizesOf = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 60 });
const limit = fc.option(fc.integer({ min: 1, max: 120 }));

describe("R-LIM-5 limits of a server", () => {
  it("let no minute and no day go over, however late mail comes, and all through in the end, in order", () => {
    fc.assert(
      fc.property(limit, limit, sizesOf, fc.integer({ min: 0, max: 4 }), (per_minute, per_day, sizes, late) => {
        const of = limits(per_minute, per_day);
        const passed = run(of, sizes, 60 * 24 * 62, late);
        const all = passed.flatMap((minute) => minute.sizes);
        if (late === 0) expect(all).toEqual(sizes);
        expect(sum(all)).toBe(sum(sizes));
        const days = Map.groupBy(passed, ({ day }) => day);
        for (const one of passed) assertWithin(one.sizes, per_minute);
        for (const minutes of days.values())
          assertWithin(
            minutes.flatMap((one) => one.sizes),
            per_day,
          );
      }),
      { numRuns: 60 },
    );
  });

  /** Within the limit, or one mail that is larger than the whole of it, alone. */
  function assertWithin(sizes: readonly number[], limit: number | null): void {
    if (limit !== null && sizes.length > 1) expect(sum(sizes)).toBeLessThanOrEqual(limit);
  }

  it("let through as many as fit, and nobody passes one that does not", () => {
    const use = asOf(unused, limits(10, null), start);
    expect(reserve(use, limits(10, null), [4, 4, 4, 1])).toMatchObject({ count: 2, use: { reserved: 8 } });
    expect(reserve(use, limits(10, 5), [4, 4, 4, 1])).toMatchObject({ count: 1 });
    expect(reserve({ ...use, used: 3, reserved: 4 }, limits(10, null), [4])).toMatchObject({ count: 0 });
  });

  it("a mail larger than a whole minute goes alone in a fresh one", () => {
    const of = limits(10, null);
    const fresh = asOf(unused, of, start);
    expect(reserve(fresh, of, [25, 1])).toMatchObject({ count: 1, use: { reserved: 25 } });
    expect(reserve({ ...fresh, used: 1 }, of, [25, 1])).toMatchObject({ count: 0 });
    expect(take(fresh, of, 25, false)).toMatchObject({ used: 25 });
    expect(take({ ...fresh, reserved: 1 }, of, 25, false)).toBeUndefined();
  });

  it("what is reserved is for those let through, whoever of them comes first", () => {
    const of = limits(10, 100);
    const use = { ...asOf(unused, of, start), used: 2, reserved: 8 };
    expect(take(use, of, 1, false)).toBeUndefined();
    expect(take(use, of, 5, true)).toMatchObject({ used: 7, reserved: 3, day_used: 5 });
    expect(take({ ...use, used: 8 }, of, 3, true)).toBeUndefined();
    expect(asOf(use, of, start + minuteMs)).toMatchObject({ used: 0, reserved: 0 });
  });

  it("who comes by itself waits behind all who wait", () => {
    const of = limits(10, 100);
    const use = { ...asOf(unused, of, start), waiting: 1 };
    expect(take(use, of, 1, false)).toBeUndefined();
    expect(take(use, of, 1, true)).toMatchObject({ used: 1, waiting: 1 });
  });

  it("says whether the next minute helps", () => {
    const use = { ...asOf(unused, limits(10, 100), start), used: 4, reserved: 6, day_used: 94 };
    expect(fitsNextMinute(use, limits(10, 100), [1])).toBe(false);
    expect(fitsNextMinute(use, limits(10, 101), [1])).toBe(true);
  });

  it("R-LIM-2 a new minute is fresh, and a new day begins at the reset", () => {
    const of = limits(10, 100);
    const use = { ...asOf(unused, of, start), used: 9, day_used: 99 };
    expect(asOf(use, of, start + 59_999)).toEqual(use);
    expect(asOf(use, of, start + minuteMs)).toMatchObject({ used: 0, day_used: 99, day: "2026-11-22" });
    expect(asOf(use, of, Date.parse("2026-11-22T23:00:00Z"))).toMatchObject({
      used: 0,
      day_used: 0,
      day: "2026-11-23",
    });
  });

  it("a clock that is behind counts on in the minute another has begun", () => {
    const of = limits(10, 10);
    const ahead = { ...asOf(unused, of, Date.parse("2026-11-22T23:00:30Z")), used: 10, day_used: 10 };
    expect(asOf(ahead, of, Date.parse("2026-11-22T22:59:50Z"))).toEqual(ahead);
  });

  it("a clock that was far ahead holds up nobody until then, and what it used counts for now", () => {
    const of = limits(10, 10);
    const ahead = { ...asOf(unused, of, start + 3 * 86_400_000), used: 10, day_used: 10 };
    const now = asOf(ahead, of, start);
    expect(now).toMatchObject({ minute: "2026-11-22T21:30", used: 10, day: "2026-11-22", day_used: 10 });
    expect(asOf(now, of, start + minuteMs)).toMatchObject({ used: 0, day_used: 10 });
  });

  it("room given back is given to the minute and day it was taken from, and to no other", () => {
    const of = limits(10, 100);
    const use = { ...asOf(unused, of, start), used: 8, day_used: 50 };
    expect(without(use, of, 3, start + 1_000)).toMatchObject({ used: 5, day_used: 47 });
    expect(without(use, of, 3, start - minuteMs)).toMatchObject({ used: 8, day_used: 47 });
    expect(without(use, of, 3, start - 24 * 60 * minuteMs)).toEqual(use);
  });

  it("room for as many as the tighter limit has left", () => {
    const of = limits(10, 100);
    expect(roomFor({ ...unused, used: 4, day_used: 50 }, of)).toBe(6);
    expect(roomFor({ ...unused, used: 4, day_used: 98 }, of)).toBe(2);
    expect(roomFor({ ...unused, used: 4, reserved: 5 }, of)).toBe(1);
    expect(roomFor({ ...unused, used: 25 }, of)).toBe(0);
  });

  it("the next minute is a whole one", () => {
    expect(nextMinute(start)).toBe(start + minuteMs);
    expect(nextMinute(start + 59_999)).toBe(start + minuteMs);
  });
});

describe("R-PERS-3 a personal server", () => {
  const record = (changes: Partial<ServerRecord>) =>
    limitsOf({ id: "srv_1", owner: null, limit_per_day: null, limit_per_minute: null, ...changes } as ServerRecord, {
      reset_utc: "23:00",
    });

  it("takes 30 recipients a minute where it says nothing else; others have no limit", () => {
    expect(record({ owner: "mary@company.com" })).toEqual(limits(30, null));
    expect(record({ owner: "mary@company.com", limit_per_minute: 5 })).toEqual(limits(5, null));
    expect(record({})).toBeNull();
    expect(record({ limit_per_day: 7 })).toEqual(limits(null, 7));
  });
});
