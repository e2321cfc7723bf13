import { normalize } from "../address/address.ts";
import { capture as captured } from "../email/draft.ts";
import * as Event from "../email/event.ts";
import type { Head } from "../email/head.ts";
import * as keys from "../keys.ts";
import type { Update } from "../ports/store.ts";
import { back, dueAt, left as gone, headUpdate, type InHand, type Needs, remaining, write } from "./hand.ts";

/** What is done with an email whose time has not come, or comes again: none of it is a try. */

/** Not now: the database is paused, or not provisioned yet. */
export async function postpone(ports: Needs, { head }: InHand, at: number): Promise<void> {
  await write(ports, [headUpdate(head, { not_before: new Date(at).toISOString(), ...dueAt(head, at) }, [])]);
}

/**
 * Held until the limit is reset (R-LIM-3: re-routed to a platform whose limit is full). Its time to expire counts
 * from the release (R-LIM-4).
 */
export async function hold(ports: Needs, { head }: InHand, until: number): Promise<void> {
  const life = Date.parse(head.give_up_at) - Date.parse(head.created_at);
  const set: Partial<Head> = {
    state: "held",
    failure_type: "daily_limit",
    not_before: new Date(until).toISOString(),
    give_up_at: new Date(until + life).toISOString(),
    ...dueAt(head, until),
  };
  const at = new Date(ports.clock.now()).toISOString();
  await write(ports, [headUpdate(head, set, []), Event.put(head, { type: "held", at }, head.expires_at)]);
}

/** The database keeps its mail to be looked at since it was accepted: ended, sent to nobody, given back (R-LIM-3). */
export async function capture(ports: Needs, inHand: InHand): Promise<void> {
  const { head } = inHand;
  const given = back(head, remaining(inHand));
  const set = { state: "sent" as const, sent_at: new Date(ports.clock.now()).toISOString(), ...captured, ...given.set };
  await write(ports, [headUpdate(head, set, [...gone(head), "failure_type"]), ...given.writes]);
}

/** Held mail whose wait is over goes on as if new. @returns the head as it then is, unless somebody was faster. */
export async function release(ports: Needs, { head }: InHand): Promise<Head | undefined> {
  const set = { state: "queued" as const };
  const { failure_type: _failure, ...rest } = head;
  const done = await write(ports, [headUpdate(head, set, ["failure_type"])]);
  return done ? { ...rest, ...set, rev: head.rev + 1 } : undefined;
}

/**
 * Sends a mail again whose answer was lost and whose event never came, and says so. That it may be out stays known.
 * @returns the head as it then is; undefined when an event was faster.
 */
export async function requeue(ports: Needs, { head }: InHand): Promise<Head | undefined> {
  const now = ports.clock.now();
  const at = new Date(now).toISOString();
  const event: Event.Event = {
    type: "requeued",
    at,
    note: "No event has said what became of the last try: sent again, possible duplicate.",
  };
  const set: Partial<Head> = {
    state: "deferred",
    maybe_sent: true,
    not_before: at,
    ...dueAt(head, now + ports.operator.waits.recovery * 1000),
  };
  const update = headUpdate(head, set, ["lease_until", "unknown"]);
  const done = await write(ports, [update, Event.put(head, event, head.expires_at)]);
  return done ? { ...head, ...set, rev: head.rev + 1 } : undefined;
}

/**
 * Recipients suppressed since acceptance: left out and given back (R-LIM-3); the tick enqueues the rest.
 * @param suppressed normalised addresses.
 */
export async function leaveOut(ports: Needs, inHand: InHand, suppressed: ReadonlySet<string>): Promise<void> {
  const { head, recipients } = inHand;
  const left = recipients.filter(({ address }) => suppressed.has(normalize(address)));
  const all = head.recipients === 1 || left.length === recipients.length;
  const given = back(head, all ? remaining(inHand) : left.length);
  const own = { state: "suppressed", failure_type: "suppressed" } as const;
  const at = new Date(ports.clock.now()).toISOString();
  const addresses = head.to === undefined ? left.map(({ address }) => address) : [head.to];
  await write(ports, [
    headUpdate(head, { ...(all ? own : dueAt(head, ports.clock.now())), ...given.set }, all ? gone(head) : []),
    ...left.map(({ n }): Update => ({ update: keys.emailRecipient(head.database, head.id, n), set: own })),
    Event.put(head, { type: "suppressed", at, recipients: addresses }, head.expires_at),
    ...given.writes,
  ]);
}
