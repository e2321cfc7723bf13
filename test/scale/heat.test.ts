import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import * as Chance from "./chance.ts";
import { partitions } from "./constants.ts";
import { allowed } from "./day/heat.ts";
import * as Release from "./day/release.ts";
import { simulate } from "./day/run.ts";
import * as State from "./day/state.ts";
import { limits } from "./limits.ts";
import { type Readers, read } from "./readers.ts";
import { type Scenario, small } from "./scenario.ts";
import { indexes, total, units } from "./units.ts";

/** One database that sends as much as it may, and whose webhook is told of it. */
const one: Scenario = {
  ...small,
  databases: 1,
  plans: { all: { share: 1, limit: 1_000_000, weight: 1 } },
  transactional: 500_000,
  campaigns: { ...small.campaigns, share: 0 },
  webhooks: { share: 1, events: 1 },
  ses: { rate: 1_000, quota: 1_000_000 },
};

describe("the hottest second", () => {
  let readers: Readers;
  beforeAll(async () => {
    readers = await read();
  });

  it("of the whole table is all that was written and read in it, its indexes apart", () => {
    const { heat, steps } = simulate(one, readers, { seconds: 1, first: 8 });
    const sum = (what: "reads" | "writes") =>
      [...total(steps, what)].reduce((all, [place, n]) => all + (indexes.includes(place) ? 0 : n), 0);
    expect(steps.accepted).toBeGreaterThan(0);
    expect(heat["the whole table"].units).toBeCloseTo(sum("writes"), 6);
    expect(heat["the whole table, read"].units).toBeCloseTo(sum("reads"), 6);
    expect(heat["due index"].units).toBeCloseTo((total(steps, "writes").get("due") ?? 0) / partitions.due, 6);
    expect(allowed["the whole table"]).toBe(limits.table.writes);
  });

  it("of a webhook's outbox has each event written in a transaction and taken out again, on one partition", () => {
    const { heat, counts } = simulate(one, readers, { seconds: 1, first: 8 });
    expect(counts.told).toBe(counts.sent);
    expect(heat["webhook outbox"].units).toBe(units["told to a webhook"].writes.outbox * counts.sent);
    const silent = simulate({ ...one, webhooks: { share: 0, events: 1 } }, readers, { seconds: 1, first: 8 });
    expect(silent.heat["webhook outbox"].units).toBe(0);
  });

  it("R-LIM-4 a line is released for five seconds of a tick, group after group, and its counter has a charge for each", () => {
    const limit = 20_000;
    const holding = { ...one, plans: { all: { share: 1, limit, weight: 1 } }, transactional: 2 * limit, holds: 1 };
    const population = {
      ...{ limits: Int32Array.of(limit), demand: Float64Array.of(2 * limit), campaigns: [] },
      ...{ holds: Uint8Array.of(1), told: Uint8Array.of(1) },
    };
    const state = State.create(holding, readers, Chance.create(7), population, 23);
    const release = Release.create(state);
    const released: number[] = [];
    for (; state.now < 180; state.now++) {
      const before = { ...state.steps };
      release(state);
      const groups = state.steps["group released"] - before["group released"];
      expect(state.second.freed[0]).toBe(groups);
      const minute = Math.floor(state.now / 60);
      released[minute] = (released[minute] ?? 0) + state.steps.released - before.released;
      State.clear(state.second);
    }
    // 5 s of ten groups of 25, from the first tick after the reset on
    expect(released).toEqual([0, 1_250, 1_250]);
  });
});

it("docs/scale.md promises no more events to an endpoint than the outbox of its database takes", async () => {
  const page = await readFile(new URL("../../docs/scale.md", import.meta.url), "utf8");
  const [, claimed] = /events of one database told in a second \| (\d+)/.exec(page) ?? [];
  const outbox = Math.floor(limits.partition.writes / units["told to a webhook"].writes.outbox);
  expect(Number(claimed)).toBe(outbox);
});
