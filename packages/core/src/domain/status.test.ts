import { describe, expect, it } from "vitest";
import type { CheckRecord } from "./check.ts";
import { nextCheck } from "./status.ts";

const minute = 60_000;
const hour = 60 * minute;
const start = Date.parse("2026-11-23T00:00:00Z");
const moving = { rival_gone_since: new Date(start).toISOString(), failing_since: null, refusal: "held_by_another" };
const next = (after: number) => nextCheck(false, moving as CheckRecord, start + after) - start;

describe("R-DOM-9 when a domain that may move is checked again", () => {
  it("R-DOM-9 at the hour", () => {
    expect([next(0), next(30 * minute)]).toEqual([hour, hour]);
  });

  it("R-DOM-9 while the DNS is silent then ever more rarely, hourly in the end", () => {
    expect(next(hour)).toBe(hour + minute);
    expect(next(hour + minute)).toBe(hour + 2 * minute);
    expect(next(hour + 10 * minute)).toBe(hour + 20 * minute);
    expect(next(5 * hour)).toBe(6 * hour);
    let checks = 0;
    for (let at = 0; at < 24 * hour; at = next(at)) checks += 1;
    expect(checks).toBeLessThan(35);
  });
});
