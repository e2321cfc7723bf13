import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, type Update } from "../ports/store.ts";

/** SES takes one SendBounce a second, of the whole account. */
const interval = 1_000;
/** How long answers may wait for their turn in one invocation, in ms: those behind are mails that are to be taken in. */
const longest = 3_000;

/** What is left of that, in ms; whoever waits takes from it. */
export interface Patience {
  left_ms: number;
}

/** At the beginning of an invocation. */
export const patient = (): Patience => ({ left_ms: longest });

/**
 * Waits for the turn of an automatic answer among those of all databases (R-IN-7): one a second, and nobody waits for
 * long, all mails of an invocation together. One small item holds the moment from which on nobody has a turn yet.
 * @returns false where too many wait already.
 */
export async function inPace({ store, clock }: Pick<Ports, "store" | "clock">, patience: Patience): Promise<boolean> {
  const now = clock.now();
  const update = keys.answerPace;
  const idle = { if: "attribute_not_exists(pk) OR #at <= :now", values: { now } };
  if (await written(store, { update, set: { at: now + interval }, ...idle })) return true;
  const near = { if: "#at <= :latest", values: { latest: now + patience.left_ms } };
  const item = await written(store, { update, add: { at: interval }, ...near });
  if (!item) return false;
  const wait = Math.max(0, Number(item["at"]) - interval - now);
  patience.left_ms -= wait;
  await clock.sleep(wait);
  return true;
}

async function written(store: Ports["store"], write: Update): Promise<Item | undefined> {
  try {
    return await store.write(write);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return undefined;
  }
}
