import { back, headUpdate, type InHand, left, maybeSent, type Needs, remaining, write } from "../dispatch/hand.ts";
import { AppError } from "../error.ts";
import * as Line from "../line/line.ts";
import * as Event from "./event.ts";
import { find } from "./find.ts";
import { type Head, waiting } from "./head.ts";

/** How often an email is read again that somebody else has just changed. */
const tries = 10;

/**
 * Cancels an email that waits: scheduled, queued, held or deferred. Its recipients that have not ended never get it, and
 * their share of the daily limit is given back (R-LIM-3). Either this or the claim of a try is written, never both: a
 * mail that was canceled is not on the wire. Canceled again it is as it was.
 * @throws AppError not_found; not_cancelable once it is being sent, or has ended; conflict when it changes all the time.
 */
export async function cancel(ports: Needs, db: string, id: string): Promise<void> {
  for (let n = 0; n < tries; n++) {
    const inHand = await find(ports.store, db, id);
    if (inHand.head.state === "canceled") return;
    assertWaits(inHand.head);
    if (await end(ports, inHand)) return;
  }
  throw new AppError("conflict", "This email is being changed by others: try again.");
}

/** @returns whether it was written; not where somebody else was faster. */
async function end(ports: Needs, inHand: InHand): Promise<boolean> {
  const { head, recipients } = inHand;
  const given = back(head, remaining(inHand));
  const gone = [...left(head), "failure_type"];
  return write(ports, [
    headUpdate(head, { state: "canceled", ...given.set }, gone),
    Event.put(head, event(ports, head, recipients), head.expires_at),
    ...Line.leave(head),
    ...given.writes,
  ]);
}

function event({ clock }: Needs, head: Head, recipients: InHand["recipients"]): Event.Event {
  const some = recipients.length > 0 && recipients.length < head.recipients;
  return {
    type: "canceled",
    at: new Date(clock.now()).toISOString(),
    ...(some && { recipients: recipients.map(({ address }) => address) }),
    ...(head.maybe_sent && { note: maybeSent }),
  };
}

function assertWaits({ state }: Head): void {
  if (waiting.includes(state)) return;
  const why =
    state === "sending"
      ? "is being handed over, or it is not known yet whether it was: look again in a while"
      : `is ${state}: only mail that still waits can be canceled`;
  throw new AppError("not_cancelable", `This email ${why}.`, { details: { status: state } });
}
