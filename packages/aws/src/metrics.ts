import type { CountName, Metrics, TimeName } from "@posthouse/core/ports/metrics";

/** Metrics with the lines that CloudWatch makes figures of. */
export interface Gathered extends Metrics {
  /**
   * What was gathered since the last call, as lines of the embedded metric format: none where nothing was, usually one.
   * @param now ms since 1970 UTC
   */
  flush(of: Dimensions, now: number): string[];
}

/** What figures are told apart by; each pair with a metric is one that CloudWatch charges for. */
export interface Dimensions {
  /** Several stages may share an account and Region. */
  readonly stage: string;
  /** The file in `functions/`. */
  readonly function: string;
}

/** Values of one metric that a line may hold, by the specification of the format. */
export const mostValues = 100;

/** Counts are summed up, times kept one by one, until they are flushed. */
export function createMetrics(): Gathered {
  const counts = new Map<CountName, number>();
  const times = new Map<TimeName, number[]>();
  return {
    count: (name, n = 1) => void counts.set(name, (counts.get(name) ?? 0) + n),
    time(name, ms) {
      const known = times.get(name);
      if (known) known.push(ms);
      else times.set(name, [ms]);
    },
    flush(of, now) {
      const lines: string[] = [];
      if (counts.size > 0 || times.size > 0) lines.push(line(of, now, counts, firstOf(times)));
      for (let rest = restOf(times); rest.size > 0; rest = restOf(rest))
        lines.push(line(of, now, new Map(), firstOf(rest)));
      counts.clear();
      times.clear();
      return lines;
    },
  };
}

/** Those of this process, which works on one invocation at a time. */
export const metrics: Gathered = createMetrics();

type Times = ReadonlyMap<TimeName, readonly number[]>;

const firstOf = (times: Times): Times => new Map([...times].map(([name, all]) => [name, all.slice(0, mostValues)]));

const restOf = (times: Times): Times =>
  new Map([...times].map(([name, all]) => [name, all.slice(mostValues)] as const).filter(([, all]) => all.length > 0));

function line(of: Dimensions, Timestamp: number, counts: ReadonlyMap<CountName, number>, times: Times): string {
  const Metrics = [
    ...[...counts.keys()].map((Name) => ({ Name, Unit: "Count" })),
    ...[...times.keys()].map((Name) => ({ Name, Unit: "Milliseconds" })),
  ];
  const CloudWatchMetrics = [{ Namespace: "Posthouse", Dimensions: [["stage", "function"]], Metrics }];
  return JSON.stringify({
    _aws: { Timestamp, CloudWatchMetrics },
    ...of,
    ...Object.fromEntries<number | readonly number[]>([...counts, ...times]),
  });
}
