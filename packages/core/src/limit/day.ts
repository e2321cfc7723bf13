const dayMs = 86_400_000;

/** Milliseconds of a day that have passed at `HH:MM`. */
const sinceMidnight = (time: string): number => {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return (hours * 60 + minutes) * 60_000;
};

/**
 * The counting day a moment belongs to (R-LIM-2): it ends at `reset` UTC and carries the date it ends on, or, with a
 * reset at midnight, the date it is all on. With 23:00, 2026-11-22T23:00Z is the first moment of `2026-11-23`.
 * @param reset `HH:MM`
 */
export function dayOf(now: number, reset: string): string {
  const after = sinceMidnight(reset);
  return new Date(after === 0 ? now : now - after + dayMs).toISOString().slice(0, 10);
}

/** When the counting day of `now` ends, as ISO 8601. */
export function resetsAt(now: number, reset: string): string {
  const after = sinceMidnight(reset);
  const start = Math.floor((now - after) / dayMs) * dayMs + after;
  return new Date(start + dayMs).toISOString();
}
