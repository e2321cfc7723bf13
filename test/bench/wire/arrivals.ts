/** When mails were handed over, by their ids. */
export interface Arrivals {
  note(id: string): void;
  /** Done when so many more have come. To be called before they are sent. */
  next(more: number): Promise<void>;
  /** When it came, ms of `performance.now()`. */
  at(id: string): number;
}

export function createArrivals(): Arrivals {
  const times = new Map<string, number>();
  let waiting: { readonly size: number; readonly resolve: () => void } | undefined;
  return {
    note(id) {
      if (!times.has(id)) times.set(id, performance.now());
      if (waiting && times.size >= waiting.size) waiting.resolve();
    },
    next: (more) =>
      new Promise((resolve) => {
        waiting = { size: times.size + more, resolve };
      }),
    at: (id) => times.get(id) ?? Number.NaN,
  };
}

/** The id of the email in its Message-ID, which names it. */
export const idIn = (message: string): string => /\bem_[0-9a-hjkmnp-tv-z]{26}\b/.exec(message)?.[0] ?? "";
