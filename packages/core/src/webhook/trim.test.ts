import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { largest, trim } from "./trim.ts";

describe("an event's data", () => {
  it("stays as it is while it is small", () => {
    const data = { email_id: "em_1", to: ["a@example.net"], bounce: { message: "550", n: 1, sure: true, at: null } };
    expect(trim(data)).toEqual(data);
  });

  it("loses what is undefined, the ends of long texts and of long lists", () => {
    const to = Array.from({ length: 300 }, (_, n) => `${n}@example.net`);
    const { text, to: kept, gone } = trim({ text: "x".repeat(5_000), to, gone: undefined });
    expect(text).toBe(`${"x".repeat(3_999)}…`);
    expect(kept).toEqual(to.slice(0, 200));
    expect(gone).toBeUndefined();
  });

  it("is never larger than its item has room for, and always JSON that ids are found in", () => {
    const large = fc.record({
      email_id: fc.constant("em_1"),
      texts: fc.array(
        fc.nat(6_000).map((n) => `${"\u00e9".repeat(n % 7)}${"\u{1f600}".repeat(n)}`),
        { maxLength: 12 },
      ),
      deep: fc.array(
        fc.array(
          fc.nat(300).map((n) => "y".repeat(n)),
          { maxLength: 30 },
        ),
        { maxLength: 30 },
      ),
    });
    fc.assert(
      fc.property(large, (data) => {
        const text = JSON.stringify(trim(data));
        expect(text.length).toBeLessThanOrEqual(largest);
        expect((JSON.parse(text) as typeof data).email_id).toBe("em_1");
        expect(text.isWellFormed()).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it("of what no cutting makes small the plain fields are left", () => {
    const nested = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`field${n}`, "x".repeat(20)]));
    expect(trim({ email_id: "em_1", nested })).toEqual({ email_id: "em_1", nested: null });
  });
});
