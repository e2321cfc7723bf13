import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { afterFailure, type Breaker, isOpen, stopAfter, threshold, whileTried } from "./breaker.ts";
import * as Health from "./health.ts";

const failure = { class: "connection", reply: "ECONNREFUSED" } as const;
const start = Date.parse("2026-11-23T10:00:00Z");

/** The breaker after so many failures, each of the mail that tried as soon as it might. */
function after(count: number): { breaker: Breaker; waits: number[] } {
  let now = start;
  let breaker: Breaker | undefined;
  const waits: number[] = [];
  for (let n = 0; n < count; n++) {
    const probing = breaker?.until !== undefined;
    breaker = afterFailure(probing && breaker ? whileTried(breaker, now, 70_000) : breaker, failure, now, probing);
    const wait = breaker.until === undefined ? 0 : Date.parse(breaker.until) - now;
    waits.push(wait / 60_000);
    now += wait;
  }
  if (!breaker) throw new Error("no failure, no breaker");
  return { breaker, waits };
}

describe("the circuit breaker of a server", () => {
  it("stops attempts at the third failure in a row, for 1, 2, 4 … 60 minutes", () => {
    expect(after(11).waits).toEqual([0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(stopAfter(1_000)).toBe(3_600_000);
  });

  it("is not stopped for longer by failures of connections that were open before", () => {
    const { breaker } = after(threshold);
    const more = afterFailure(breaker, failure, start + 30_000, false);
    expect([more.until, more.failures]).toEqual([breaker.until, threshold + 1]);
  });

  it("opens, at any sequence of failures, for at least a minute and at most an hour", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ probing: fc.boolean(), ms: fc.nat(7_200_000) }), { minLength: 1, maxLength: 60 }),
        (failures) => {
          let now = start;
          let breaker: Breaker | undefined;
          for (const { probing, ms } of failures) {
            now += ms;
            const before: Breaker | undefined = breaker;
            breaker = afterFailure(before, failure, now, probing);
            const until = Date.parse(breaker.until ?? "");
            if (breaker.stops > (before?.stops ?? 0)) {
              expect(until - now).toBeGreaterThanOrEqual(60_000);
              expect(until - now).toBeLessThanOrEqual(3_600_000);
            } else expect(breaker.until).toBe(before?.until);
            expect(isOpen(breaker, now) || breaker.failures < threshold || !probing || before === undefined).toBe(true);
          }
          expect(breaker?.since).toBe(new Date(start + (failures[0]?.ms ?? 0)).toISOString());
        },
      ),
    );
  });

  it("shows how the server is", () => {
    expect(Health.of(undefined)).toMatchObject({ state: "ok", failures: 0, reply: null });
    expect(Health.of(after(2).breaker)).toMatchObject({ state: "failing", failures: 2, until: null });
    expect(Health.of(after(3).breaker)).toEqual({
      state: "open",
      failures: 3,
      since: "2026-11-23T10:00:00.000Z",
      until: "2026-11-23T10:01:00.000Z",
      class: "connection",
      reply: "ECONNREFUSED",
    });
  });
});
