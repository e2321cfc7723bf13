import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { shareOf } from "./constants.ts";
import { type Day, type Options, simulate } from "./day/run.ts";
import { limits } from "./limits.ts";
import { type Readers, read } from "./readers.ts";
import { type Scenario, small } from "./scenario.ts";

const hour = 3_600;

/** A fiftieth of the cell, from eight to ten in the morning. */
const morning: Scenario = {
  ...small,
  databases: 200,
  transactional: 20_000,
  campaigns: { ...small.campaigns, mails: 4_000 },
};
const part: Options = { seconds: 2 * hour, first: 8 };

describe("a simulated day", () => {
  let readers: Readers;
  beforeAll(async () => {
    readers = await read();
  });
  const run = (change: Partial<Scenario>, options: Options = part): Day =>
    simulate({ ...morning, ...change }, readers, options);

  it("is the same for the same seed, and another for another", () => {
    expect(run({ seed: 3 }).steps).toEqual(run({ seed: 3 }).steps);
    expect(run({ seed: 4 }).steps).not.toEqual(run({ seed: 3 }).steps);
  });

  it("loses no mail: what was asked for is refused or accepted, and what was accepted is held, sent or waits", () => {
    const scenario = fc.record({
      seed: fc.integer({ min: 1, max: 1_000_000 }),
      holds: fc.constantFrom(0, 0.5, 1),
      refused: fc.constantFrom(0, 0.1),
      transactional: fc.integer({ min: 0, max: 60_000 }),
      ses: fc.option(fc.record({ rate: fc.integer({ min: 2, max: 60 }), quota: fc.constantFrom(100, 100_000) })),
    });
    fc.assert(
      fc.property(scenario, (change) => {
        const { counts, waiting } = run(change, { seconds: hour / 2, first: 8 });
        expect(counts.accepted + counts.refused + counts.unavailable).toBe(counts.asked);
        const queued = waiting.transactional + waiting.mass + waiting.later;
        expect(counts.sent + queued).toBe(counts.accepted - counts.held + counts.released);
      }),
      { numRuns: 20 },
    );
  });

  it("R-LIM-3 accepts no more than the limits have room for", () => {
    const { counts, population } = run({ holds: 0, transactional: 400_000 });
    expect(counts.accepted).toBeLessThanOrEqual(population.limits.reduce((all, limit) => all + limit, 0));
    expect(counts.refused).toBeGreaterThan(10_000);
  });

  it("R-LIM-4 releases what yesterday has left, once, and no more than today's limit", () => {
    const { counts, population, steps } = run({ holds: 1, transactional: 400_000 });
    expect(counts.released).toBeGreaterThan(0);
    expect(steps.released).toBe(counts.released);
    expect(counts.sent).toBeLessThanOrEqual(population.limits.reduce((all, limit) => all + limit, 0));
  });

  it("R-KIND-4 transactional mail does not wait for a campaign that waits for hours", () => {
    const unlimited = { all: { share: 1, limit: 1_000_000, weight: 1 } };
    const campaigns = { ...small.campaigns, share: 0.2, mails: 2_000_000, tail: 0 };
    const { delays, waiting, counts, fastest } = run({ plans: unlimited, campaigns });
    expect(waiting.mass).toBeGreaterThan(10_000);
    expect(delays.mass.quantile(0.99)).toBeGreaterThan(hour / 2);
    expect(delays.transactional.quantile(0.99)).toBeLessThanOrEqual(3);
    expect(counts.sent_away).toBeGreaterThan(0);
    expect(fastest).toBeLessThanOrEqual(shareOf(20).all);
  });

  it("R-FAIL-6 what is over SES's quota of a day is put off, and not sent", () => {
    const { counts, waiting } = run({ ses: { rate: 20, quota: 500 } });
    expect(counts.sent).toBe(500);
    expect(counts.put_off).toBeGreaterThan(waiting.later);
  });

  it("a database that asks for more than its counter can take has some answered 503", () => {
    const plans = { all: { share: 1, limit: 10_000_000, weight: 1 } };
    const crowd = {
      plans,
      databases: 1,
      transactional: 20_000_000,
      ses: null,
      campaigns: { ...small.campaigns, share: 0 },
    };
    const { counts } = run(crowd, { seconds: 60, first: 8 });
    expect(counts.unavailable).toBeGreaterThan(0);
    expect(counts.accepted).toBe(60 * limits.item);
  });
});
