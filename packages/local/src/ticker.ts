/** Runs a task again and again, and on demand. */
export interface Ticker {
  /** Runs it now; waits for a run that is under way, and then runs it once more. */
  tick(): Promise<void>;
  /** Starts no further run, and waits for the one under way. */
  stop(): Promise<void>;
}

/**
 * The schedule: calls `task` every `ms`, never two at once; one that takes longer lets the next one wait.
 * @param failed is told what a scheduled run threw; `tick` throws it itself.
 */
export function startTicker(ms: number, task: () => Promise<void>, failed: (error: unknown) => void): Ticker {
  let last: Promise<void> = Promise.resolve();
  let stopped = false;
  let timer: NodeJS.Timeout;
  const tick = (): Promise<void> => {
    const run = last.then(task);
    last = run.catch(() => undefined);
    return run;
  };
  const schedule = (): void => {
    if (!stopped) timer = setTimeout(() => void tick().catch(failed).then(schedule), ms);
  };
  schedule();
  return {
    tick,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await last;
    },
  };
}
