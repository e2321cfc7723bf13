import { seeded } from "../support/seeded.ts";

/** Chances that a seed repeats. */
export interface Chance {
  /** From 0 to below 1, evenly. */
  next(): number;
  /** How often something happened that happens `mean` times on average (Poisson). */
  times(mean: number): number;
  /** Of the standard normal distribution. */
  normal(): number;
}

/** Above this mean, how often is drawn from the normal distribution, which by then is as good. */
const many = 40;

/** Chances of a seed. */
export function create(seed: number): Chance {
  const { below } = seeded(seed);
  const next = (): number => below(2 ** 32) / 2 ** 32;
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    normal,
    times(mean) {
      if (mean > many) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
      let n = 0;
      for (let left = next(), end = Math.exp(-mean); left > end; left *= next()) n++;
      return n;
    },
  };
}

/** Draws places by their weights, each in the same time however many there are (Vose's alias method). */
export function draw(weights: Float64Array, { next }: Chance): () => number {
  const n = weights.length;
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / n;
  const share = weights.map((weight) => weight / mean);
  const other = new Int32Array(n);
  const [small, large]: [number[], number[]] = [[], []];
  for (const [place, one] of share.entries()) (one < 1 ? small : large).push(place);
  while (small.length > 0 && large.length > 0) {
    const [low = 0, high = 0] = [small.pop(), large.at(-1)];
    other[low] = high;
    const rest = (share[high] ?? 0) - (1 - (share[low] ?? 0));
    share[high] = rest;
    if (rest >= 1) continue;
    large.pop();
    small.push(high);
  }
  for (const place of [...small, ...large]) share[place] = 1;
  return () => {
    const at = next() * n;
    const place = Math.floor(at);
    return at - place < (share[place] ?? 1) ? place : (other[place] ?? 0);
  };
}
