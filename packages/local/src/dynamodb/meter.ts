/** The capacity meter: what AWS would have counted. */
import type { Cost } from "./capacity.ts";

/** Units since the last reset. */
export interface Reading {
  /** Read capacity units. */
  reads: number;
  /** Write capacity units. */
  writes: number;
  /** Requests by operation (`PutItem`), with their units. */
  byOperation: Record<string, { calls: number; reads: number; writes: number }>;
  /** Units by table (`Main`) and index (`Main/due`). */
  byTarget: Record<string, { reads: number; writes: number }>;
}

/** Counts every call's units; refused calls count where AWS counts them. */
export interface Meter {
  read(): Reading;
  reset(): void;
  /** Adds one call of `operation`. */
  add(operation: string, kind: "reads" | "writes", costs: Cost[]): void;
}

/** Makes a meter at zero. */
export function createMeter(): Meter {
  let reading = zero();
  function add(operation: string, kind: "reads" | "writes", costs: Cost[]): void {
    const line = (reading.byOperation[operation] ??= { calls: 0, reads: 0, writes: 0 });
    line.calls += 1;
    const spend = (target: string, units: number): void => {
      (reading.byTarget[target] ??= { reads: 0, writes: 0 })[kind] += units;
      line[kind] += units;
      reading[kind] += units;
    };
    for (const cost of costs) {
      if (cost.units > 0) spend(cost.table, cost.units);
      for (const [index, units] of Object.entries(cost.indexes)) spend(`${cost.table}/${index}`, units);
    }
  }
  return {
    read: () => structuredClone(reading),
    reset: () => {
      reading = zero();
    },
    add,
  };
}

function zero(): Reading {
  return { reads: 0, writes: 0, byOperation: {}, byTarget: {} };
}
