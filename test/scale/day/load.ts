import { limits } from "../limits.ts";
import type { Followed } from "./feedback.ts";
import type { Sent } from "./send.ts";
import type { State } from "./state.ts";
import { accepting, handOver, takingIn, telling } from "./times.ts";

/** The functions a day's mail goes through. */
export const functions = ["api", "dispatch", "mass", "feedback", "webhook"] as const;
export type Name = (typeof functions)[number];

/** What a function was asked for. */
export interface Load {
  invocations: number;
  /** It ran for, all invocations together. */
  seconds: number;
  /** The most of them at a time. */
  most: number;
}

export type Loads = Readonly<Record<Name, Load>>;

/** None yet. */
export const create = (): Loads =>
  Object.fromEntries(functions.map((name) => [name, { invocations: 0, seconds: 0, most: 0 }])) as Record<Name, Load>;

/** Adds a second. @param requests of the API in it @returns its invocations, all together */
export function look(loads: Loads, state: State, requests: number, sent: Sent, { events, told }: Followed): number {
  const { feedback, mass, webhook } = state.readers;
  let all = 0;
  const add = (name: Name, invocations: number, seconds: number): void => {
    const load = loads[name];
    all += invocations;
    load.invocations += invocations;
    load.seconds += seconds;
    load.most = Math.max(load.most, Math.ceil(seconds));
  };
  add("api", requests, requests * accepting);
  add("dispatch", sent.runs, sent.runs * handOver);
  // While more waits than has a slot, all its readers wait with what they hold in hand
  const waits = state.mass.size > 0 ? (mass.most ?? limits.concurrency) : sent.massRuns * handOver;
  add("mass", sent.massRuns + sent.away / mass.size, waits);
  const gathered = events === 0 ? 0 : Math.max(events / feedback.size, 1 / Math.max(1, feedback.window));
  add("feedback", gathered, gathered * takingIn);
  const tellers = Math.min(told * telling, webhook.most ?? limits.concurrency);
  add("webhook", tellers / telling, tellers);
  return all;
}
