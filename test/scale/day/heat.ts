import { partitions, toldAtOnce } from "../constants.ts";
import { limits } from "../limits.ts";
import { ofDue, ofTable, type Steps } from "../units.ts";
import type { Sent } from "./send.ts";
import type { State } from "./state.ts";
import { telling } from "./times.ts";

/** Partitions that can be hot: what many mails at once have in common; and the table, which has a quota as a whole. */
export const spots = [
  { name: "pace of SES", of: "the installation", what: "writes" },
  { name: "due index", of: `each of ${partitions.due} shards`, what: "writes" },
  { name: "daily counter", of: "a database", what: "writes" },
  { name: "VERSION", of: "a database", what: "reads" },
  { name: "list index", of: `a database, each of ${partitions.list}`, what: "writes" },
  { name: "bodies", of: `a database, each of ${partitions.spread}`, what: "writes" },
  { name: "message ids", of: `a database, each of ${partitions.spread}`, what: "writes" },
  { name: "counts of a day", of: "a database", what: "writes" },
  { name: "webhook outbox", of: "a database", what: "writes" },
  { name: "webhook deliveries", of: "an endpoint", what: "writes" },
  { name: "the whole table", of: "all partitions", what: "writes" },
  { name: "the whole table, read", of: "all partitions", what: "reads" },
] as const;
export type Spot = (typeof spots)[number]["name"];

/** The hottest second of a spot. */
export interface Peak {
  /** Units on one partition. */
  units: number;
  /** Second of the day. */
  at: number;
}

/** The hottest second of each. */
export type Heat = Readonly<Record<Spot, Peak>>;

/** A day's, from second to second. */
export interface Look {
  readonly heat: Heat;
  /**
   * Looks at a second.
   * @param told events that webhooks were told in it
   * @returns what the hottest had of what it may have: 1 = all of it
   */
  look(state: State, sent: Sent, told: number): number;
}

/** What a spot may have a second. */
export const allowed = Object.fromEntries(
  spots.map(({ name, of, what }) => [name, (of === "all partitions" ? limits.table : limits.partition)[what]]),
) as Readonly<Record<Spot, number>>;

/** What is known by the steps of all databases together, and is the same sum as the bill's. */
const sums = { due: ofDue, writes: ofTable("writes"), reads: ofTable("reads") };

/** None yet. */
export function create(): Look {
  const heat = Object.fromEntries(spots.map(({ name }) => [name, { units: 0, at: 0 }])) as Record<Spot, Peak>;
  const before = { due: 0, writes: 0, reads: 0 };
  const since = (what: keyof typeof sums, steps: Steps): number => {
    const now = sums[what].reduce((all, [step, n]) => all + n * steps[step], 0);
    const units = now - before[what];
    before[what] = now;
    return units;
  };
  return {
    heat,
    look(state, sent, told) {
      const due = since("due", state.steps);
      const table = { writes: since("writes", state.steps), reads: since("reads", state.steps) };
      return note(heat, state, sent, { told, due, table });
    },
  };
}

/** What a second had of all databases together. */
interface All {
  readonly told: number;
  readonly due: number;
  readonly table: Readonly<Record<"reads" | "writes", number>>;
}

function note(heat: Heat, state: State, sent: Sent, { told, due, table }: All): number {
  const { second, now } = state;
  const wanted = state.scenario.webhooks.events;
  const receives = (toldAtOnce * (state.readers.webhook.most ?? limits.concurrency)) / telling;
  let hottest = 0;
  const note = (spot: Spot, units: number): void => {
    hottest = Math.max(hottest, units / allowed[spot]);
    const peak = heat[spot];
    if (units <= peak.units) return;
    peak.units = units;
    peak.at = now;
  };
  for (const one of second.touched) {
    const singles = second.singles[one] ?? 0;
    const batches = second.batches[one] ?? 0;
    const out = second.sent[one] ?? 0;
    const mass = second.mass[one] ?? 0;
    const accepted = singles + (second.batched[one] ?? 0);
    const requests = singles + batches;
    note("daily counter", 2 * (requests + (second.freed[one] ?? 0)) + (second.beside[one] ?? 0));
    note("VERSION", requests + out + mass + (second.runs[one] ?? 0));
    note("list index", accepted / partitions.list);
    note("bodies", (3 * singles) / partitions.spread);
    note("message ids", (out + mass) / partitions.spread);
    note("counts of a day", out + (second.runs[one] ?? 0) + 2 * (second.groups[one] ?? 0));
    if (state.population.told[one] !== 1) continue;
    const events = (out + mass) * wanted;
    // Written in the transaction of what it tells, and taken out by whoever tells it
    note("webhook outbox", 2 * events + Math.min(events, told));
    note("webhook deliveries", 2 * Math.min(events, told, receives));
  }
  note("due index", due / partitions.due);
  note("the whole table", table.writes);
  note("the whole table, read", table.reads);
  if (state.scenario.ses) note("pace of SES", leases(sent));
  return hottest;
}

/** Writes at the item of a second: one for each invocation, and in vain for each period that mail sent away asked. */
export const leases = ({ runs, massRuns, away }: Sent): number => runs + massRuns + 3 * away;
