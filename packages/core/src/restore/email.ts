import { headUpdate, write } from "../dispatch/hand.ts";
import * as Outcome from "../dispatch/outcome.ts";
import * as Event from "../email/event.ts";
import { fromItem, type Head, waiting } from "../email/head.ts";
import { recipientsOf } from "../email/list.ts";
import type { Ports } from "../ports/main.ts";
import type { Item, Key } from "../ports/store.ts";

/** How far the clocks of those who wrote to the table may be from the table's own, in ms. */
export const apart = 60_000;

const words = "the table was restored to a moment when this mail waited: it may have been sent since";

/** When a mail may have gone out of which the restored table knows nothing, in ms. */
export interface Span {
  /** What was accepted, or tried again on request, later than this is of after the restore. */
  readonly until: number;
  /** What was not to be sent before this cannot have gone out: nothing worked on the former table any more. */
  readonly from: number;
}

/**
 * Ends a mail that waited when the table was as it is: what became of it since is unknown (G3). Nothing of it is given
 * back, and a late event still corrects it (R-FAIL-1). Mail whose time came when nobody worked any more has not gone out.
 * @returns how many were ended, 0 or 1.
 */
export async function end(ports: Ports, key: Key, span: Span): Promise<number> {
  const head = await find(ports, key, span);
  if (!head || isToCome(head, span)) return 0;
  const recipients = head.recipients > 1 ? (await recipientsOf(ports.store, head)).filter(({ state }) => !state) : [];
  await Outcome.fail(ports, { head: { ...head, maybe_sent: true }, recipients }, "unknown", words);
  return 1;
}

/**
 * Says of a scheduled mail that cannot have gone out at its time that whoever has canceled it, or moved it forward, is to look at it: a
 * second copy cannot be excluded. @returns how many were told so for the first time, 0 or 1.
 */
export async function note(ports: Ports, key: Key, span: Span): Promise<number> {
  const head = await find(ports, key, span);
  if (!head || !isToCome(head, span) || head.maybe_sent) return 0;
  const event: Event.Event = {
    type: "requeued",
    at: new Date(ports.clock.now()).toISOString(),
    note: "The table was restored: a later change of the time, or a cancellation, is lost; possible duplicate.",
  };
  const done = await write(ports, [
    headUpdate(head, { maybe_sent: true }, []),
    Event.put(head, event, head.expires_at),
  ]);
  return done ? 1 : 0;
}

const isToCome = ({ state, not_before }: Head, { from }: Span): boolean =>
  state === "scheduled" && Date.parse(not_before) > from;

/** A mail that waits, or whose hand-over has no outcome; undefined for all else, and what came after the restore. */
async function find(ports: Ports, { pk, sk }: Key, { until }: Span): Promise<Head | undefined> {
  if (!pk.startsWith("MAIL#")) return undefined;
  const item: Item | undefined = await ports.store.get({ pk, sk }, { consistent: true });
  const head = item && fromItem(item);
  if (!head || !(waiting.includes(head.state) || head.state === "sending")) return undefined;
  return Date.parse(head.opened_at ?? head.created_at) > until ? undefined : head;
}
