import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Uncounted from "./uncounted.ts";

const day = 86_400_000;
const at = (ms: number): string => new Date(ms).toISOString();
const time = fc.integer({ min: 0, max: 100 * day });

describe("time that does not count as time to expire", () => {
  it("R-FAIL-6 R-FAIL-7 is added, and never makes a mail outlast its body or end sooner than it would", () => {
    fc.assert(
      fc.property(time, time, time, time, time, (now, wait, end, bodyEnd, headEnd) => {
        const head = { give_up_at: at(end), expires_at: Math.floor(headEnd / 1000) };
        const until = Uncounted.until(head, { expires_at: Math.floor(bodyEnd / 1000) }, now, now + wait);
        const most = Math.max(end, Math.min(bodyEnd, headEnd - 2 * day));
        expect(until).toBeLessThanOrEqual(most);
        expect(until).toBeGreaterThanOrEqual(Math.min(end, most));
        const free = Math.max(end, now) + wait;
        if (free < most - 1_000) expect(until).toBe(free);
      }),
    );
  });

  it("R-FAIL-6 is not given anew by a retry: a further attempt has what this one was given", () => {
    const head = { created_at: at(0), give_up_at: at(day) } as Parameters<typeof Uncounted.prolonged>[0];
    const set = Uncounted.prolonged(head, 9 * day);
    expect(set).toEqual({ give_up_at: at(9 * day), life: day / 1000 });
    expect(Uncounted.prolonged({ ...head, ...set }, 10 * day).life).toBe(day / 1000);
  });
});
