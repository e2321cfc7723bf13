import type { Migration } from "../migration/migration.ts";
import { registry } from "../migration/registry.ts";
import { reopen } from "../migration/reopen.ts";
import { run } from "../migration/run.ts";
import type { Ports } from "../ports/main.ts";
import type { Store } from "../ports/store.ts";

/** How long one tick goes on with migrations, in ms: at its end, and before all else where their turn is first. */
const patience = { last: 10_000, first: 3_000 } as const;
/** How long a process asks nothing at most, in ms: well below what `State.between` is. */
const rest = 1_800_000;

/** Until when a process knows that there is nothing to do, ms, by its store and by the migrations it has. */
type Resting = WeakMap<Store, WeakMap<readonly Migration[], number>>;
const told: Resting = new WeakMap();
const done: Resting = new WeakMap();

/**
 * Says that this release runs, to later ones whose migrations it does not know. It comes before all else in a tick: a
 * release is rolled back when there is trouble.
 */
export const tell = (ports: Ports, migrations: readonly Migration[] = registry): Promise<void> =>
  unlessResting(told, ports, migrations, async (now) => ((await reopen(ports, migrations)) ? now + rest : now));

/**
 * Takes stored items forward to the shapes of this release, some at each tick (docs/upgrade.md). A process in which all is
 * done asks twice an hour.
 * @param turn before all else they have less time, for mail waits meanwhile.
 */
export const migrate = (
  ports: Ports,
  migrations: readonly Migration[] = registry,
  turn: keyof typeof patience = "last",
): Promise<void> =>
  unlessResting(done, ports, migrations, async (now) =>
    Math.min(await run(ports, now + patience[turn], migrations), now + rest),
  );

/** @param act gives until when there is nothing to do. */
async function unlessResting(
  resting: Resting,
  { store, clock, log }: Ports,
  migrations: readonly Migration[],
  act: (now: number) => Promise<number>,
): Promise<void> {
  const now = clock.now();
  const known = resting.get(store) ?? new WeakMap<readonly Migration[], number>();
  resting.set(store, known);
  if ((known.get(migrations) ?? 0) > now) return;
  try {
    known.set(migrations, await act(now));
  } catch (error) {
    log.error("the migrations did not go on", { operation: "migration", error });
  }
}
