import { normalize } from "../address/address.ts";
import type { Version } from "../database/version.ts";
import type { Stored } from "../email/body.ts";
import { capture as captured } from "../email/draft.ts";
import * as Event from "../email/event.ts";
import type { Head } from "../email/head.ts";
import * as Hold from "../email/hold.ts";
import { prolong } from "../email/prolong.ts";
import * as keys from "../keys.ts";
import * as Line from "../line/line.ts";
import type { Ports } from "../ports/main.ts";
import type { Update } from "../ports/store.ts";
import {
  back,
  dueAt,
  left as gone,
  headUpdate,
  type InHand,
  maybeSent,
  type Needs,
  remaining,
  waited,
  write,
} from "./hand.ts";
import * as Outcome from "./outcome.ts";

/** What is done with an email whose time has not come, or comes again: none of it is a try. */

/** Not now: the database is paused, or not provisioned yet. */
export async function postpone(ports: Needs, { head }: InHand, at: number): Promise<void> {
  await write(ports, [headUpdate(head, { not_before: new Date(at).toISOString(), ...dueAt(head, at) }, ["admitted"])]);
}

/**
 * Held until the limit has room (R-LIM-3: accepted, and the platform's limit is full): it joins the line. Its time to
 * expire counts from the release (R-LIM-4).
 */
export async function hold(
  ports: Needs & Pick<Ports, "blobs">,
  version: Version,
  inHand: InHand,
  body: Stored,
): Promise<void> {
  const { head } = inHand;
  const now = ports.clock.now();
  const { set, remove } = await prolong(ports, head, body, Hold.keptUntil(now, Hold.lifeOf(head)));
  const event: Event.Event = { type: "held", at: new Date(now).toISOString() };
  const writes = [
    headUpdate(head, { ...Hold.held(head, now), ...set }, [...waited, ...remove]),
    Line.join(head, "platform", remaining(inHand)),
    Event.put(head, event, set.expires_at ?? head.expires_at),
  ];
  await Hold.joining(ports, version, () => write(ports, writes));
}

/**
 * The database keeps its mail to be looked at since it was accepted: ended, sent to nobody, given back (R-LIM-3). Of mail
 * that may be out nobody can say so: it ends unknown, and its event may still correct that (R-FAIL-1).
 */
export async function capture(ports: Needs, inHand: InHand): Promise<void> {
  const { head } = inHand;
  if (head.maybe_sent)
    return Outcome.fail(ports, inHand, "unknown", "not sent again: the database keeps its mail to be looked at");
  const given = back(head, remaining(inHand));
  const set = { state: "sent" as const, sent_at: new Date(ports.clock.now()).toISOString(), ...captured, ...given.set };
  await write(ports, [headUpdate(head, set, [...gone(head), "failure_type"]), ...given.writes]);
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
 * Recipients suppressed since acceptance: left out and given back (R-LIM-3); the tick enqueues the rest. Of mail that may
 * be out they are unknown instead: `suppressed` says that nothing was sent to them (R-FAIL-1).
 * @param suppressed normalised addresses.
 */
export async function leaveOut(ports: Needs, inHand: InHand, suppressed: ReadonlySet<string>): Promise<void> {
  const { head, recipients } = inHand;
  const left = recipients.filter(({ address }) => suppressed.has(normalize(address)));
  const all = head.recipients === 1 || left.length === recipients.length;
  if (all && head.maybe_sent) return Outcome.fail(ports, inHand, "unknown", "not sent again: suppressed since");
  const given = back(head, all ? remaining(inHand) : left.length);
  const own = head.maybe_sent
    ? ({ state: "failed", failure_type: "unknown" } as const)
    : ({ state: "suppressed", failure_type: "suppressed" } as const);
  const at = new Date(ports.clock.now()).toISOString();
  const note = head.maybe_sent ? { note: maybeSent } : {};
  const addresses = head.to === undefined ? left.map(({ address }) => address) : [head.to];
  await write(ports, [
    headUpdate(head, { ...(all ? own : dueAt(head, ports.clock.now())), ...given.set }, all ? gone(head) : []),
    ...left.map(({ n }): Update => ({ update: keys.emailRecipient(head.database, head.id, n), set: own })),
    Event.put(head, { type: "suppressed", at, recipients: addresses, ...note }, head.expires_at),
    ...given.writes,
  ]);
}
