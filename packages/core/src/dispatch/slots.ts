/**
 * The time SES is asked in, cut into periods, each with as many slots as recipients it takes. A slot has its own moment:
 * handed over no earlier, mail of any number of processes goes out evenly, with no burst where two periods meet.
 */
export interface Slots {
  /** ms */
  readonly period: number;
  /** Slots of a period. */
  readonly capacity: number;
  /** How late a slot is still used, in ms: more at once would be a burst. */
  readonly late: number;
}

/** Asked for less than SES allows: clocks differ, and what is under way arrives unevenly. */
const margin = 0.9;
/** What mass mail may take at most, so that a campaign never stands before transactional mail (R-KIND-4). */
const massShare = 0.7;
const latest = 250;

/** The slots for a rate in recipients a second; a rate below one recipient a second has longer periods. */
export function slotsOf(rate: number): Slots {
  const asked = rate * margin;
  const period = asked >= 1 ? 1_000 : Math.ceil(1_000 / asked);
  return { period, capacity: Math.max(1, Math.floor(asked)), late: asked >= 1 ? latest : period / 10 };
}

/** The number of the period that `now` (ms) is in. */
export const periodOf = ({ period }: Slots, now: number): number => Math.floor(now / period);

/** How many slots of a period mass mail may have: 70 % over any ten periods, however few a period has. */
export const massOf = ({ capacity }: Slots, n: number): number =>
  Math.floor(massShare * capacity * ((n % 10) + 1) + 1e-9) - Math.floor(massShare * capacity * (n % 10) + 1e-9);

/** The first slot of a period that is not too late at `now` (ms); `capacity` where there is none. */
export function firstOf({ period, capacity, late }: Slots, n: number, now: number): number {
  const passed = now - n * period - late;
  return Math.min(capacity, Math.max(0, Math.ceil((passed / period) * capacity)));
}

/** When a slot is, ms. */
export const timeOf = ({ period, capacity }: Slots, n: number, slot: number): number =>
  n * period + (slot / capacity) * period;
