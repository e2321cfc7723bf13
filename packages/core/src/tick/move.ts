import { due } from "../email/due.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, type Key } from "../ports/store.ts";

/** How long until an item is looked at again that stays due, in units of the recovery wait: 5, 15, 60 minutes. */
const steps = [1, 3, 12];

/**
 * Moves a due item on before anything is done with it.
 * @param seen the sort key it was found under: somebody else who has moved it has the job.
 * @param times how often it has been moved since it was last written.
 * @param at when it is due again, ms; by default a growing wait.
 * @returns the item as it then is; undefined when somebody else was faster.
 */
export async function moveOn(
  { store, clock, operator }: Pick<Ports, "store" | "clock" | "operator">,
  { pk, sk }: Key,
  { id, seen, times, at }: { id: string; seen: string; times: number; at?: number },
): Promise<Item | undefined> {
  const wait = operator.waits.recovery * 1000 * (steps[times] ?? 12);
  try {
    return await store.write({
      update: { pk, sk },
      set: due(id, at ?? clock.now() + wait),
      add: { due_n: 1 },
      if: "#due_sk = :seen",
      values: { seen },
    });
  } catch (error) {
    if (error instanceof ConditionFailed) return undefined;
    throw error;
  }
}
