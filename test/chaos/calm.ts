import type { Product } from "./product.ts";

type Watched = Pick<Product, "fleet" | "store">;

/** The clock moves on by this much at least, in ms. */
const step_ms = 2 * 3_600_000;
/** Days of the product's time after which mail that waits has been lost. */
const longest_ms = 35 * 86_400_000;
/** How long the product may be at work at one moment of its time, in ms. */
const patience_ms = 600_000;

/**
 * After the storm: lets time pass until no mail waits any more, each time only when all that could be done is done, so
 * that every event of SES has come before somebody stops waiting for it.
 * @returns false when mail still waits after five weeks.
 */
export async function calm({ fleet, store }: Watched): Promise<boolean> {
  const until = fleet.now() + longest_ms;
  while (fleet.now() < until) {
    await quiet({ fleet, store });
    const next = await store.nextDue();
    if (next === undefined) return true;
    await fleet.advance(Math.max(next - fleet.now() + 1_000, step_ms));
  }
  return false;
}

/** Until nothing waits but for time to pass, or patience is at its end. */
export async function quiet({ fleet, store }: Watched): Promise<void> {
  const end = Date.now() + patience_ms;
  for (let still = 0; still < 2 && Date.now() < end; ) {
    const [{ count }, next] = await Promise.all([fleet.waiting(), store.nextDue()]);
    still = count === 0 && (next === undefined || next > fleet.now()) ? still + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, still ? 50 : 200));
  }
}
