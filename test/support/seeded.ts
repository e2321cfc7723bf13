/** Random numbers that a seed repeats. */
export interface Seeded {
  readonly seed: number;
  /** A whole number from 0 to below `bound`. */
  below(bound: number): number;
}

/** A generator (Mulberry32): for tests, where a failure must be seen again. */
export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { seed, below: (bound) => Math.floor(next() * bound) };
}
