import type { State } from "./state.ts";

/** Seconds that a point of a series stands for. */
export const step = 600;

/** How a day went, a point each ten minutes. */
export interface Series {
  /** Recipients a second that SES took, on average. */
  readonly rate: Float64Array;
  /** Mail in queues, at most. */
  readonly transactional: Float64Array;
  readonly mass: Float64Array;
  /** Webhook events in their queue, at most. */
  readonly webhook: Float64Array;
  /** Events of SES in theirs, at most. */
  readonly feedback: Float64Array;
  /** The hottest partition's part of what it may have in a second, at most: 1 = all of it. */
  readonly heat: Float64Array;
  /** Dollars, since the day began. */
  readonly cost: Float64Array;
}

/** None yet. @param seconds of the day */
export function create(seconds: number): Series {
  const make = () => new Float64Array(Math.ceil(seconds / step));
  return {
    ...{ rate: make(), transactional: make(), mass: make(), webhook: make() },
    ...{ feedback: make(), heat: make(), cost: make() },
  };
}

/** What is noted of a second. */
export interface Seen {
  /** Recipients handed over. */
  readonly sent: number;
  /** As `Series.heat`. */
  readonly hottest: number;
  /** What the day has cost up to here, in dollars: asked for once a point. */
  cost(): number;
}

/** Adds a second. */
export function look(series: Series, state: State, { sent, hottest, cost }: Seen): void {
  const point = Math.floor(state.now / step);
  series.rate[point] = (series.rate[point] ?? 0) + sent / step;
  for (const [name, size] of [
    ["transactional", state.transactional.size + state.released.size],
    ["mass", state.mass.size],
    ["webhook", state.queues.webhook],
    ["feedback", state.queues.feedback],
    ["heat", hottest],
  ] as const)
    series[name][point] = Math.max(series[name][point] ?? 0, size);
  if (state.now % step === step - 1) series.cost[point] = cost();
}
