import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dayOf, resetsAt } from "./day.ts";

const at = (time: string) => Date.parse(time);

describe("R-LIM-2 the day", () => {
  it.each([
    ["2026-11-22T22:59:59.999Z", "2026-11-22", "2026-11-22T23:00:00.000Z"],
    ["2026-11-22T23:00:00.000Z", "2026-11-23", "2026-11-23T23:00:00.000Z"],
    ["2026-12-31T23:30:00.000Z", "2027-01-01", "2027-01-01T23:00:00.000Z"],
    ["2028-02-28T23:00:00.000Z", "2028-02-29", "2028-02-29T23:00:00.000Z"],
  ])("ends at 23:00 UTC: %s belongs to %s", (time, day, end) => {
    expect(dayOf(at(time), "23:00")).toBe(day);
    expect(resetsAt(at(time), "23:00")).toBe(end);
  });

  it("with a reset at midnight is the date itself", () => {
    expect(dayOf(at("2026-11-22T23:59:59Z"), "00:00")).toBe("2026-11-22");
    expect(resetsAt(at("2026-11-22T23:59:59Z"), "00:00")).toBe("2026-11-23T00:00:00.000Z");
  });

  it("lasts until its end and no longer, whatever the reset", () => {
    const moment = fc.integer({ min: at("2020-01-01T00:00:00Z"), max: at("2040-01-01T00:00:00Z") });
    const time = fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
      .map(([hours, minutes]) => `${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`);
    fc.assert(
      fc.property(moment, time, (now, reset) => {
        const end = at(resetsAt(now, reset));
        expect(end).toBeGreaterThan(now);
        expect(end - now).toBeLessThanOrEqual(86_400_000);
        expect(dayOf(end - 1, reset)).toBe(dayOf(now, reset));
        expect(dayOf(end, reset)).not.toBe(dayOf(now, reset));
      }),
    );
  });
});
