import { dueAt, headUpdate, type Needs, write } from "../dispatch/hand.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import { scheduled } from "./announced.ts";
import * as Body from "./body.ts";
import * as Event from "./event.ts";
import { find } from "./find.ts";
import type { Head } from "./head.ts";
import { prolong } from "./prolong.ts";
import * as Schedule from "./schedule.ts";

/**
 * Gives a scheduled email another time, earlier or later; a time that has just passed is now. What belongs to it is made
 * to live longer first, so that a crash in between leaves it as it was.
 * @param text as `Schedule.read` takes it.
 * @throws AppError not_found; conflict when the email is no longer scheduled; invalid_parameter for the time.
 */
export async function reschedule(
  ports: Needs & Pick<Ports, "blobs">,
  db: string,
  id: string,
  text: string,
): Promise<void> {
  const { head, recipients } = await find(ports.store, db, id);
  assertScheduled(head);
  const now = ports.clock.now();
  const at = Math.max(now, await Schedule.read(text, now));
  const later = Math.ceil((at - Date.parse(head.scheduled_at ?? head.not_before)) / 1000);
  const prolonged = later > 0 ? await outlive(ports, head, later) : { set: {}, remove: [] };
  const scheduled_at = new Date(at).toISOString();
  const give_up_at = new Date(Date.parse(head.give_up_at) + later * 1000).toISOString();
  const set = { scheduled_at, not_before: scheduled_at, give_up_at, ...dueAt(head, at), ...prolonged.set };
  const changed: Head = { ...head, ...set, rev: head.rev + 1 };
  const event: Event.Event = { type: "rescheduled", at: new Date(now).toISOString(), note: `To ${scheduled_at}.` };
  const about = recipients.length > 0 ? { about: recipients.map(({ address }) => address) } : {};
  const done = await write(ports, [
    headUpdate(head, set, prolonged.remove),
    Event.put(changed, event, changed.expires_at),
    ...(await scheduled(ports, changed, about, now)),
  ]);
  // Sent, canceled or rescheduled a moment ago: the new state says why
  if (!done) throw conflict((await find(ports.store, db, id)).head);
}

/** Body, recipients and timeline for so many more seconds. */
async function outlive(ports: Needs & Pick<Ports, "blobs">, head: Head, seconds: number) {
  const body = await Body.read(ports, head);
  if (!body) throw new AppError("conflict", "The body of this email is no longer kept: send it anew.");
  return prolong(ports, head, body, body.expires_at + seconds, head.expires_at + seconds);
}

function assertScheduled(head: Head): void {
  if (head.state !== "scheduled") throw conflict(head);
}

const conflict = ({ state }: Head): AppError =>
  new AppError(
    "conflict",
    state === "scheduled"
      ? "This email was rescheduled by others at the same moment: look at it, and try again."
      : `This email is no longer scheduled, it is ${state}: cancel it if it still waits, and send it anew.`,
    { details: { status: state } },
  );
