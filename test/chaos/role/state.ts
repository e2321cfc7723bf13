import { systemClock } from "@posthouse/aws/clock";
import type { Clock } from "@posthouse/core/ports/clock";
import { type Seeded, seeded } from "../../support/seeded.ts";
import type { Command, Death, Start, Weather } from "../fleet/protocol.ts";

/** What of a process changes while it runs. */
export interface State {
  offset_ms: number;
  weather: Weather;
  /** The product's time. */
  readonly clock: Clock;
  readonly random: Seeded;
  /** True for the share of calls that something is to happen to. @default as the weather has it */
  strikes(share?: number): boolean;
  /** One of several, evenly. */
  pick<T>(choices: readonly [T, ...T[]]): T;
}

/** What a role does with its parent's commands; what it lacks does not concern it. */
export interface Handlers {
  readonly key_arn?: string;
  advanced?(ms: number): unknown;
  weather?(weather: Weather): unknown;
  die?(death: Death): unknown;
  ask?(question: Extract<Command, { ask: unknown }>["ask"]): unknown;
}

/** The state a process starts with. */
export function createState({ offset_ms, weather, seed }: Start): State {
  const random = seeded(seed);
  const state: State = {
    offset_ms,
    weather,
    random,
    clock: { now: () => Date.now() + state.offset_ms, sleep: systemClock.sleep },
    strikes: (share = state.weather.faults) => random.below(1_000_000) < share * 1_000_000,
    pick: (choices) => choices[random.below(choices.length)] ?? choices[0],
  };
  return state;
}
