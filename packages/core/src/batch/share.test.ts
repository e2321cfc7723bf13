import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Kind } from "../email/head.ts";
import { type Claimant, share, type Terms } from "./share.ts";

const kind = fc.constantFrom<Kind>("transactional", "mass");
const claimants = fc.array(fc.record({ counted: fc.nat({ max: 12 }), kind }), { maxLength: 100 });
const terms = fc.record({
  room: fc.nat({ max: 200 }),
  limit: fc.nat({ max: 20 }),
  holds: fc.boolean(),
  behind: fc.subarray<Kind>(["transactional", "mass"]).map((kinds) => new Set(kinds)),
});
const plain: Terms = { room: 5, limit: 50, holds: false, behind: new Set() };
const mails = (...counted: number[]): Claimant[] => counted.map((n) => ({ counted: n, kind: "transactional" }));

describe("share", () => {
  it("R-LIM-3 never gives more than there is, and nothing is left that still fits", () => {
    fc.assert(
      fc.property(claimants, terms, (wanted, given) => {
        const verdicts = share(wanted, given);
        const taken = wanted.filter((_each, n) => verdicts[n] === "taken");
        const used = taken.reduce((sum, { counted }) => sum + counted, 0);
        expect(used).toBeLessThanOrEqual(given.room);
        const left = wanted.filter((_each, n) => verdicts[n] !== "taken");
        if (given.holds) return;
        expect(verdicts).not.toContain("waits");
        expect(left.every(({ counted }) => counted > given.room - used)).toBe(true);
      }),
    );
  });

  it("R-LIM-4 behind the first that waits all of its kind wait, and mass mail behind transactional", () => {
    fc.assert(
      fc.property(claimants, terms, (wanted, given) => {
        const verdicts = share(wanted, { ...given, holds: true });
        const passed = wanted.map(({ counted, kind }, n) => {
          const before = wanted.slice(0, n).filter((_each, m) => verdicts[m] === "waits");
          const waiting = new Set([...given.behind, ...before.map((each) => each.kind)]);
          const behind = waiting.has("transactional") || (kind === "mass" && waiting.has("mass"));
          return verdicts[n] === "taken" && counted > 0 && behind;
        });
        expect(passed).not.toContain(true);
      }),
    );
  });

  it("takes those that fit in the order given, and what is not counted always", () => {
    expect(share(mails(2, 4, 0, 3, 1), plain)).toEqual(["taken", "refused", "taken", "taken", "refused"]);
    expect(share(mails(2, 4, 0, 3, 1), { ...plain, holds: true })).toEqual([
      "taken",
      "waits",
      "taken",
      "waits",
      "waits",
    ]);
  });

  it("R-LIM-4 more recipients than the whole limit are refused, transactional mail passes held mass mail", () => {
    expect(share(mails(51), { ...plain, room: 60, holds: true })).toEqual(["refused"]);
    const mixed: Claimant[] = [
      { counted: 9, kind: "mass" },
      { counted: 1, kind: "transactional" },
      { counted: 1, kind: "mass" },
    ];
    expect(share(mixed, { ...plain, holds: true })).toEqual(["waits", "taken", "waits"]);
    const behind = new Set<Kind>(["mass"]);
    expect(share(mixed, { ...plain, room: 100, holds: true, behind })).toEqual(["waits", "taken", "waits"]);
  });

  it("R-LIM-4 what is never refused waits where the limit is 0, and nowhere else where it would not have", () => {
    const stopped: Terms = { ...plain, room: 0, limit: 0, holds: true };
    expect(share(mails(1), stopped)).toEqual(["refused"]);
    expect(share(mails(1, 2), { ...stopped, always: true })).toEqual(["waits", "waits"]);
    fc.assert(
      fc.property(claimants, terms, (wanted, given) => {
        fc.pre(given.limit > 0);
        expect(share(wanted, { ...given, always: true })).toEqual(share(wanted, given));
      }),
    );
  });
});
