import type { Ports } from "./ports/main.ts";

/** How often and how long something that may succeed later is tried. */
export interface Patience {
  readonly tries: number;
  /** The longest sleep after the first failure, in ms; doubled with each further one. */
  readonly base_ms: number;
  readonly longest_ms: number;
  /** No new try after so many ms in all. */
  readonly within_ms: number;
}

/** As long as a caller of the API is made to wait: 12 tries within 5 s. */
export const patience: Patience = { tries: 12, base_ms: 20, longest_ms: 800, within_ms: 5_000 };

/**
 * Calls `attempt` until it succeeds, with full jitter between two tries.
 * @throws the last error when `again` says no, or patience is at its end.
 */
export async function retry<T>(
  ports: Pick<Ports, "clock" | "random">,
  again: (error: unknown) => boolean,
  attempt: () => Promise<T>,
  { tries, base_ms, longest_ms, within_ms }: Patience = patience,
): Promise<T> {
  const start = ports.clock.now();
  for (let n = 1; ; n++) {
    try {
      return await attempt();
    } catch (error) {
      if (n >= tries || !again(error) || ports.clock.now() - start >= within_ms) throw error;
      await ports.clock.sleep(jitter(ports, Math.min(longest_ms, base_ms * 2 ** (n - 1))));
    }
  }
}

/** A time between 0 and `longest` ms, evenly. */
export function jitter(ports: Pick<Ports, "random">, longest: number): number {
  const [high = 0, low = 0] = ports.random.bytes(2);
  return (longest * (high * 256 + low)) / 65_536;
}
