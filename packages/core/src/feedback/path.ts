import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Store } from "../ports/store.ts";

type Needs = Pick<Ports, "store" | "clock" | "log">;

/** What is noted of the event path: when SES last took a mail, and when its last event came in, in ms. */
type Note = "sent_at" | "event_at";

/** A process notes each at most so often, in ms: a note costs a write, and is no part of what a mail costs. */
const between = 30_000;
/** Notes that lie no further apart than this say nothing, in ms: both are that coarse. */
const tolerance = 2 * between;

const noted = new WeakMap<Store, Partial<Record<Note, number>>>();

/** Notes that SES has taken mail just now, or that an event of it came in. That it could not be noted is no failure. */
export async function note(ports: Needs, what: Note): Promise<void> {
  const now = ports.clock.now();
  const before = noted.get(ports.store) ?? {};
  if (Math.abs(now - (before[what] ?? 0)) < between) return;
  noted.set(ports.store, { ...before, [what]: now });
  try {
    await ports.store.write({ update: keys.eventPath, set: { [what]: now } });
  } catch (error) {
    ports.log.warn("the event path was not noted", { operation: "feedback", code: what, error });
  }
}

/**
 * Whether events of SES come in (G3). They do not where it has taken mail since the last one, which is longer ago than
 * a lost answer waits for its event: then that no event came says even less than usual.
 */
export async function works({ store, clock, operator }: Pick<Ports, "store" | "clock" | "operator">): Promise<boolean> {
  const item = await store.get(keys.eventPath);
  const { sent_at = 0, event_at = 0 } = (item ?? {}) as Partial<Record<Note, number>>;
  const silent = clock.now() - event_at > operator.waits.unknown * 1000;
  return !silent || sent_at - event_at <= tolerance;
}
