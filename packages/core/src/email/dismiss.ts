import { headUpdate, isRed, type Needs, write } from "../dispatch/hand.ts";
import { AppError } from "../error.ts";
import * as Event from "./event.ts";
import { findHead } from "./find.ts";
import { isForced } from "./forced.ts";

/** How often an email is read again that somebody else has just changed. */
const tries = 10;

/**
 * Says "seen" to the red envelope of an email (R-FAIL-3): it is in nobody's attention any more, and its states stay. A
 * failure after that brings it back. Where there is none, nothing is done.
 * @throws AppError not_found; conflict when it changes all the time.
 */
export async function dismiss(ports: Needs, db: string, id: string): Promise<void> {
  for (let n = 0; n < tries; n++) {
    const head = await findHead(ports.store, db, id);
    if (!isRed(head)) return;
    // Where it waits for the server it was forced to, that mark stays
    const marks = isForced(head.mark_pk) ? [] : ["mark_pk", "mark_sk"];
    const event: Event.Event = { type: "dismissed", at: new Date(ports.clock.now()).toISOString() };
    const writes = [headUpdate(head, {}, ["attention", ...marks]), Event.put(head, event, head.expires_at)];
    if (await write(ports, writes)) return;
  }
  throw new AppError("conflict", "This email is being changed by others: try again.");
}
