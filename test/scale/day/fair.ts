/** Mails of one database that came together. */
export interface Cohort {
  /** Second of their acceptance. */
  readonly at: number;
  readonly tries: number;
  n: number;
}

/** A fair queue: databases take turns, each with its own mail in order. */
export interface Fair {
  readonly size: number;
  push(database: number, at: number, n: number, tries: number): void;
  /** Takes up to `most` mails of the database whose turn it is: what an invocation gets. */
  take(most: number, to: (database: number, cohort: Cohort, n: number) => void): void;
}

/** As SQS does where messages have the database as their group; @param databases how many there are. */
export function create(databases: number): Fair {
  const cohorts: Cohort[][] = Array.from({ length: databases }, () => []);
  let turns: number[] = [];
  let next = 0;
  let size = 0;
  const turn = (): number => {
    const database = turns[next++] ?? 0;
    if (next > 4_096 && next * 2 > turns.length) {
      turns = turns.slice(next);
      next = 0;
    }
    return database;
  };
  return {
    get size() {
      return size;
    },
    push(database, at, n, tries) {
      const own = cohorts[database] ?? [];
      const last = own.at(-1);
      if (last?.at === at && last.tries === tries) last.n += n;
      else if (own.push({ at, n, tries }) === 1) turns.push(database);
      size += n;
    },
    take(most, to) {
      const database = turn();
      const own = cohorts[database] ?? [];
      for (let left = most; left > 0; ) {
        const [first] = own;
        if (!first) return;
        const n = Math.min(left, first.n);
        to(database, first, n);
        left -= n;
        size -= n;
        first.n -= n;
        if (first.n === 0) own.shift();
      }
      if (own.length > 0) turns.push(database);
    },
  };
}
