/** Lets so many through, and more when it is opened further: keeps the load in step with the kills. */
export interface Gate {
  /** Done when number `n` may pass. */
  pass(n: number): Promise<void>;
  /** All below `n` may pass. */
  open(n: number): void;
}

export function createGate(): Gate {
  let limit = 0;
  let waiting: { n: number; go: () => void }[] = [];
  return {
    pass: (n) =>
      n < limit
        ? Promise.resolve()
        : new Promise((go) => {
            waiting.push({ n, go });
          }),
    open(n) {
      limit = Math.max(limit, n);
      const free = waiting.filter((one) => one.n < limit);
      waiting = waiting.filter((one) => one.n >= limit);
      for (const { go } of free) go();
    },
  };
}
