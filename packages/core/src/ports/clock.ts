/** The time, in milliseconds since 1970 UTC. The embedded mode moves its own clock on. */
export interface Clock {
  now(): number;
  /** Resolves after so many milliseconds of real time. */
  sleep(ms: number): Promise<void>;
}
