/**
 * Who may write an item now. Per item, never global: items not shared do not
 * delay each other.
 *
 * Plain writes of one item queue. A transaction marks all its items at once and
 * keeps them marked while it is in flight: a later transaction on any of them,
 * and any plain write, is refused at once, as AWS refuses them. The first always
 * wins, so somebody always gets on.
 */
import { conflict } from "./error.ts";

/** The marks of one transaction. */
export interface Flight {
  /** By position: another transaction holds that item. Any true: nothing was marked. */
  conflicts: boolean[];
  /** Resolves when the plain writes that came before are done. */
  ready: Promise<unknown>;
  /** Takes the marks away. */
  end(): void;
}

/** The locks of one database; an id names an item (`schema.identity`). */
export interface Locks {
  /** Runs a plain write in its turn; throws TransactionConflictException when a transaction is in flight. */
  write<T>(id: string | undefined, task: () => Promise<T>): Promise<T>;
  /** Marks the items of a transaction; undefined ids (malformed keys) are left out. */
  begin(ids: (string | undefined)[]): Flight;
  /** By position: a transaction is in flight on that item. */
  held(ids: (string | undefined)[]): boolean[];
}

/** Makes the locks of one database. */
export function createLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>();
  const flying = new Set<string>();
  const held = (ids: (string | undefined)[]): boolean[] => ids.map((id) => id !== undefined && flying.has(id));

  async function write<T>(id: string | undefined, task: () => Promise<T>): Promise<T> {
    if (id === undefined) return task();
    if (flying.has(id)) throw conflict();
    const turn = (tails.get(id) ?? Promise.resolve()).then(task);
    const tail = turn.then(
      () => undefined,
      () => undefined,
    );
    tails.set(id, tail);
    try {
      return await turn;
    } finally {
      if (tails.get(id) === tail) tails.delete(id);
    }
  }

  function begin(ids: (string | undefined)[]): Flight {
    const conflicts = held(ids);
    const mine = conflicts.includes(true) ? [] : ids.filter((id) => id !== undefined);
    for (const id of mine) flying.add(id);
    return {
      conflicts,
      ready: Promise.all(mine.flatMap((id) => tails.get(id) ?? [])),
      end: () => {
        for (const id of mine) flying.delete(id);
      },
    };
  }

  return { write, begin, held };
}
