import { assumed, prices } from "../bench/prices.ts";
import { table } from "../bench/table.ts";
import { partitions } from "./constants.ts";

/** What a stage is deployed with: held against the infrastructure by `test/infra/stages.test.ts`. */
export const deployed = {
  alarms: 49,
  dashboards: 1,
  keys: 1,
  schedules: 1,
  /** Those that are read; their dead letters are not. */
  queues: 8,
} as const;

/** What an installation has though nobody sends anything. */
export const has = {
  ...deployed,
  zones: 1,
  /** Tenants of SES: the installation's own, beside one a database. */
  tenants: 1,
  /** Metrics of our own, a function's each, by the table in docs/observability.md; charged for the hours they are written in. */
  metrics: 29,
  /** Lambda looks into a queue with five pollers, each waiting 20 s. */
  looks: 5 * 3,
  /** Read units of a tick: a query of each shard of the due index. */
  tickReads: partitions.due / 2,
  /** And write units: that it has ended. */
  tickWrites: 1,
  tickMs: 300,
  tickMemory: 1,
} as const;

const minutes = 30 * 24 * 60;

/** A month of it, line by line, in dollars: before any free tier. @param metrics that are written all the time */
export const idle = (metrics = 0): ReadonlyMap<string, number> =>
  new Map([
    ["alarms", has.alarms * prices.alarm],
    ["metrics of our own", metrics * prices.metric],
    ["dashboard", has.dashboards * prices.dashboard],
    ["key (KMS)", has.keys * prices.key],
    ["hosted zone", has.zones * prices.zone],
    ["SES's tenant of its own", has.tenants * prices.tenant],
    ["queues, read while empty", has.queues * has.looks * minutes * prices.sqsRequest],
    ["tick: schedule", minutes * has.schedules * prices.schedule],
    ["tick: reads", minutes * has.tickReads * prices.readUnit],
    ["tick: its note", minutes * has.tickWrites * prices.writeUnit],
    ["tick: Lambda", minutes * (prices.lambdaRequest + (has.tickMs / 1_000) * has.tickMemory * prices.lambdaGbSecond)],
    ["tick: logs", (minutes * assumed.logBytes * prices.logGb) / 1e9],
    // Where little happens, each is the first of its second
    ["tick: traces", minutes * prices.trace],
  ]);

/** The same as a table. */
export function months(): string {
  const [idling, used] = [idle(), idle(has.metrics)];
  const together = (lines: ReadonlyMap<string, number>): number =>
    [...lines.values()].reduce((sum, one) => sum + one, 0);
  const rows = [...idling].map(([name, value]) => [name, value, used.get(name) ?? 0] as const);
  return table(
    ["$ a month", "nobody uses it", "all of it is used, beside what that costs"],
    [...rows, ["together", together(idling), together(used)] as const].map(([name, ...values]) => [
      name,
      ...values.map((value) => value.toFixed(2)),
    ]),
  );
}
