import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, StoreBusy } from "../ports/store.ts";
import { retry } from "../retry.ts";
import type { Migration } from "./migration.ts";
import type { Position } from "./walk.ts";

/** How far a migration is. */
export interface State extends Position, Pick<Migration, "id" | "of" | "from" | "to"> {
  /** Raised with every change. */
  readonly rev: number;
  /** All databases are walked twice: what the release before wrote meanwhile is found by the second. */
  readonly sweep: 1 | 2;
  /** Databases that this sweep has done. */
  readonly databases: number;
  /** Items looked at, and taken forward, by all sweeps. */
  readonly read: number;
  readonly changed: number;
  /** Items left as they are because of an error, by this sweep: the next one tries them again. */
  readonly failed: number;
  /** ISO 8601 UTC. */
  readonly started_at: string;
  readonly finished_at: string | null;
  /** When it goes on, ms since 1970. */
  readonly resume_at: number;
}

type Needs = Pick<Ports, "store" | "clock" | "random">;

/** Until the second sweep begins, in ms, from when a release that does not know the migration was last seen to run. */
export const between = 3_600_000;

/** The second sweep, from its beginning; what was counted stays, but for what has failed. `now` in ms. */
export const again = (state: State, now: number): State => ({
  ...state,
  ...{ sweep: 2, after: null, within: null, databases: 0, failed: 0, finished_at: null, resume_at: now + between },
});

/** How long after its end one of which items have failed is walked again, in ms: what kept them from it may be over. */
const rest = 86_400_000;

/** Whether nothing is to be done of it now: it has ended, and whatever has failed is not to be tried again yet. */
export const isDone = ({ finished_at, failed }: State, now: number): boolean =>
  finished_at !== null && (failed === 0 || Date.parse(finished_at) + rest > now);

/** Those of all migrations that were ever begun, by id. `consistent` costs twice as much. */
export async function all(
  { store }: Pick<Ports, "store">,
  { consistent = false }: { consistent?: boolean } = {},
): Promise<Map<string, State>> {
  const { items } = await store.query({ pk: keys.migration("").pk, consistent });
  return new Map(items.map((item) => [item.sk, fromItem(item)]));
}

/** Begins a migration, or finds that somebody has. */
export async function begin({ store, clock }: Needs, { id, of, from, to }: Migration): Promise<State> {
  const now = clock.now();
  const state: State = {
    ...{ id, of, from, to, rev: 1, sweep: 1, databases: 0, read: 0, changed: 0, failed: 0, after: null, within: null },
    ...{ started_at: new Date(now).toISOString(), finished_at: null, resume_at: now },
  };
  try {
    await store.write({ put: { ...keys.migration(id), ...state }, if: "attribute_not_exists(pk)" });
    return state;
  } catch (error) {
    if (error instanceof ConditionFailed && error.item) return fromItem(error.item);
    throw error;
  }
}

/** Writes how far it is, if nobody has gone on from where it was. @returns the new one; undefined where somebody has. */
export async function save(ports: Needs, { rev, ...state }: State): Promise<State | undefined> {
  const { id, ...set } = state;
  try {
    const next = { ...state, rev: rev + 1 };
    await retry(
      ports,
      (error) => error instanceof StoreBusy,
      () =>
        ports.store.write({
          update: keys.migration(id),
          set: { ...set, rev: next.rev },
          if: "#rev = :seen",
          values: { seen: rev },
        }),
    );
    return next;
  } catch (error) {
    if (error instanceof ConditionFailed) return undefined;
    throw error;
  }
}

function fromItem(item: Item): State {
  const { pk: _pk, sk: _sk, ...state } = item;
  return state as unknown as State;
}
