import { assumed } from "../../bench/prices.ts";
import { bill, total } from "../bill.ts";
import * as Chance from "../chance.ts";
import { type Population, populate } from "../population.ts";
import type { Readers } from "../readers.ts";
import { reset, type Scenario } from "../scenario.ts";
import * as Arrive from "./arrive.ts";
import * as Feedback from "./feedback.ts";
import * as Heat from "./heat.ts";
import * as Load from "./load.ts";
import * as Release from "./release.ts";
import * as Send from "./send.ts";
import * as Series from "./series.ts";
import * as State from "./state.ts";

const daySeconds = 86_400;

/** What a simulated day came to. */
export interface Day {
  readonly scenario: Scenario;
  readonly readers: Readers;
  readonly population: Population;
  readonly counts: Readonly<State.Counts>;
  readonly steps: State.State["steps"];
  readonly delays: State.State["delays"];
  /** Mail that is still in a queue, or comes back later. */
  readonly waiting: { readonly transactional: number; readonly mass: number; readonly later: number };
  /** Recipients handed over in the busiest second. */
  readonly fastest: number;
  readonly heat: Heat.Heat;
  readonly loads: Load.Loads;
  /** Invocations that X-Ray records. */
  readonly traced: number;
  readonly series: Series.Series;
}

/** How much of a day, and who is told of its requests. */
export interface Options {
  /** Seconds. @default a day */
  readonly seconds?: number;
  /** The hour (UTC) it begins at, which is when limits are reset. @default the installation's own */
  readonly first?: number;
  readonly trace?: (request: State.Request) => void;
}

/** Simulates a day of a cell in steps of a second, which is the period SES is paced in. One seed makes one day. */
export function simulate(
  scenario: Scenario,
  readers: Readers,
  { seconds = daySeconds, first = reset, trace }: Options = {},
): Day {
  const chance = Chance.create(scenario.seed);
  const population = populate(scenario, chance, first);
  const state = State.create(scenario, readers, chance, population, first, trace);
  const [release, arrive, send] = [Release.create(state), Arrive.create(state), Send.create(state)];
  const [heat, loads, series] = [Heat.create(), Load.create(), Series.create(seconds)];
  let [fastest, traced] = [0, 0];
  const cost = (): number => total(bill({ steps: state.steps, counts: state.counts, loads, readers, traced }));
  for (; state.now < seconds; state.now++) {
    const { requests, sent: before } = state.counts;
    release(state);
    arrive(state);
    const sent = send(state);
    const followed = Feedback.follow(state);
    if (scenario.ses) state.steps["slots leased"] += sent.runs + sent.massRuns;
    const hottest = heat.look(state, sent, followed.told);
    traced += tracedOf(Load.look(loads, state, state.counts.requests - requests, sent, followed));
    Series.look(series, state, { sent: state.counts.sent - before, hottest, cost });
    fastest = Math.max(fastest, state.counts.sent - before);
    State.clear(state.second);
  }
  const { counts, steps, delays } = state;
  const later = [...state.later.values()].flat().reduce((sum, { n }) => sum + n, 0);
  const waiting = { transactional: state.transactional.size + state.released.size, mass: state.mass.size, later };
  return {
    scenario,
    readers,
    population,
    counts,
    steps,
    delays,
    waiting,
    fastest,
    heat: heat.heat,
    loads,
    traced,
    series,
  };
}

/** The first of a second, and a part of the others (Lambda decides, docs/observability.md). */
const tracedOf = (invocations: number): number =>
  Math.min(1, invocations) + assumed.traced * Math.max(0, invocations - 1);
