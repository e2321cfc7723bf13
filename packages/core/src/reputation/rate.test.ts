import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judge, minimum, percent, rates, thresholds } from "./rate.ts";

const severity = ["ok", "warning", "paused"] as const;

describe("R-FAIL-7 rates", () => {
  it.each([
    [199, 199, 199, "ok"],
    [200, 7, 0, "ok"],
    [200, 8, 0, "warning"],
    [200, 15, 0, "warning"],
    [200, 16, 0, "paused"],
    [200, 0, 1, "paused"],
    [1_000, 0, 2, "warning"],
    [1_000, 0, 3, "paused"],
    [1_250, 0, 1, "warning"],
    [1_251, 0, 1, "ok"],
    [10_000, 399, 7, "ok"],
    [10_000, 400, 7, "warning"],
    [10_000, 799, 29, "warning"],
    [10_000, 800, 29, "paused"],
    [10_000, 799, 30, "paused"],
  ])("R-FAIL-7 of %d recipients %d bounced and %d complained: %s", (recipients, bounced, complained, verdict) => {
    expect(judge({ recipients, bounced, complained })).toBe(verdict);
  });

  it("R-FAIL-7 each verdict begins on its border and nowhere before, whatever the numbers", () => {
    const many = fc.integer({ min: minimum, max: 5_000_000 });
    fc.assert(
      fc.property(many, fc.constantFrom("bounced", "complained"), (recipients, what) => {
        for (const verdict of ["warning", "paused"] as const) {
          const border = Math.ceil((recipients * thresholds[what][verdict]) / 10_000);
          const at = (n: number) =>
            severity.indexOf(judge({ recipients, bounced: 0, complained: 0, [what]: Math.max(0, n) }));
          expect(at(border)).toBeGreaterThanOrEqual(severity.indexOf(verdict));
          expect(at(border - 1)).toBeLessThan(severity.indexOf(verdict));
        }
      }),
    );
  });

  it("R-FAIL-7 more bounces or complaints of the same recipients are never better", () => {
    const n = fc.nat({ max: 2_000 });
    fc.assert(
      fc.property(fc.nat({ max: 20_000 }), n, n, n, n, (recipients, bounced, complained, more, worse) => {
        const before = severity.indexOf(judge({ recipients, bounced, complained }));
        const after = judge({ recipients, bounced: bounced + more, complained: complained + worse });
        expect(severity.indexOf(after)).toBeGreaterThanOrEqual(before);
      }),
    );
  });

  it("are shares of the recipients, and of nobody 0", () => {
    expect(rates({ recipients: 0, bounced: 0, complained: 0 })).toEqual({
      recipients: 0,
      bounce_rate: 0,
      complaint_rate: 0,
    });
    expect(rates({ recipients: 300, bounced: 24, complained: 1 })).toMatchObject({
      bounce_rate: 0.08,
      complaint_rate: 0.003333,
    });
    expect([percent(0.08), percent(0.003333), percent(0.0825)]).toEqual(["8 %", "0.33 %", "8.25 %"]);
  });
});
