import * as Dispatch from "@posthouse/core/dispatch/batch";
import * as Feedback from "@posthouse/core/feedback/batch";
import type { Job } from "@posthouse/core/job";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Account, startWorld, type World } from "../bench/world.ts";
import { counting } from "./count.ts";
import { type Day, simulate } from "./day/run.ts";
import type { Request } from "./day/state.ts";
import { type Readers, read } from "./readers.ts";
import { type Scenario, small } from "./scenario.ts";
import { createSender, type Sender } from "./sender.ts";
import { sum } from "./units.ts";

/** 10 databases with so small limits that some refuse; nothing by chance after acceptance, and SES without a rate. */
const hour: Scenario = {
  ...small,
  seed: 33,
  databases: 10,
  plans: { tiny: { share: 0.5, limit: 3, weight: 1 }, more: { share: 0.5, limit: 30, weight: 2 } },
  transactional: 350,
  campaigns: { share: 1, mails: 120, tail: 0.5, rate: 1 },
  ...{ holds: 0, bounced: 0, complained: 0, refused: 0, processes: 1, ses: null },
  webhooks: { share: 0, events: 0 },
};

/** What the product did with the same requests. */
interface Played {
  accepted: number;
  refused: number;
}

describe("an hour of 10 databases, simulated and played to the embedded AWS", () => {
  let world: World;
  let sender: Sender;
  let readers: Readers;
  let day: Day;
  const requests: Request[] = [];

  beforeAll(async () => {
    readers = await read();
    day = simulate(hour, readers, { seconds: 3_600, first: 8, trace: (request) => void requests.push(request) });
    world = await startWorld({ start: Date.parse("2026-11-22T12:00:10Z") });
    sender = createSender(world);
  });
  afterAll(() => world.close());

  it("has something of everything", () => {
    const { steps } = day;
    const some = [
      "accepted",
      "first of a day",
      "threshold crossed",
      "refused",
      "batch",
      "batch refused, unforeseen",
    ] as const;
    for (const step of some) expect(steps[step], step).toBeGreaterThan(0);
    expect(requests.length).toBeLessThan(100);
  });

  it("accepts and refuses the same, and writes as many units", async () => {
    const accounts: Account[] = [];
    for (const [n, limit] of day.population.limits.entries()) accounts.push(await sender.make(`cell-${n}`, limit));
    // What only a database's very first mail needs is no part of a day
    await Promise.all(accounts.map((account) => sender.one(account)));
    await settle(accounts.length);
    world.env.advance(86_400_000);
    const played: Played = { accepted: 0, refused: 0 };
    const { writes } = await counting(world)(async () => {
      for (const second of Map.groupBy(requests, ({ at }) => at).values()) await play(accounts, second, played);
    });
    const { accepted, refused } = day.counts;
    expect({ ...played, writes }).toEqual({ accepted, refused, writes: sum(day.steps, "writes") });
  }, 300_000);

  async function play(accounts: readonly Account[], second: readonly Request[], played: Played): Promise<void> {
    let accepted = 0;
    for (const { database, kind, mails } of second) {
      const account = accounts[database];
      if (!account) throw new Error(`there is no database ${database}`);
      const done = await (kind === "mass" ? sender.batch(account, mails) : sender.one(account));
      if (done) accepted += mails;
      else played.refused += mails;
    }
    played.accepted += accepted;
    await settle(accepted);
  }

  /** Hands over as readers do: what comes alone alone, mass mail of a database in tens; then all that SES tells of it. */
  async function settle(mails: number): Promise<void> {
    const { env, ports } = world;
    const [single, mass]: [Job[], Job[]] = [[], []];
    await until(async () => {
      single.push(...(await env.jobs.take("dispatch")));
      mass.push(...(await env.jobs.take("mass")));
      return single.length + mass.length === mails;
    });
    for (const job of single) await Dispatch.run(ports, [job]);
    for (const jobs of Map.groupBy(mass, ({ group }) => group).values())
      for (let n = 0; n < jobs.length; n += readers.mass.size)
        await Dispatch.run(ports, jobs.slice(n, n + readers.mass.size));
    const events: Job[] = [];
    await until(async () => {
      events.push(...(await env.jobs.take("feedback")));
      return events.length === 2 * mails;
    });
    await Feedback.run(ports, events);
  }
});

/** Asks until it is so. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; !(await isSo()); looks++) {
    if (looks > 3_000) throw new Error("what was to come did not come");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
