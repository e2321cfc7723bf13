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
import type { Why } from "../suppression/among.ts";
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
import * as Uncounted from "./uncounted.ts";

/** What is done with an email whose time has not come, or comes again: none of it is a try. */

/** Not now: the database is not provisioned yet. */
export async function postpone(ports: Needs, { head }: InHand, at: number): Promise<void> {
  await write(ports, [headUpdate(head, { not_before: new Date(at).toISOString(), ...dueAt(head, at) }, ["admitted"])]);
}

/**
 * Looked at again then, without a try: the time until then does not count as time to expire.
 * @param at ms @param end ms, when waiting then ends; undefined = as before.
 * @returns false where its time is up all the same.
 */
export async function holdBack(ports: Needs, { head }: InHand, at: number, end?: number): Promise<boolean> {
  const later = end ?? Date.parse(head.give_up_at);
  if (later <= ports.clock.now()) return false;
  const set = { not_before: new Date(at).toISOString(), ...Uncounted.prolonged(head, later), ...dueAt(head, at) };
  await write(ports, [headUpdate(head, set, ["admitted"])]);
  return true;
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
    ...(await Outcome.telling(ports, inHand, { type: "email.held", about: addressesOf(inHand) })),
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
 * Recipients suppressed since acceptance, or opted out of mass mail: left out and given back (R-LIM-3); the tick enqueues
 * the rest. Of mail that may be out they are unknown instead: `suppressed` says that nothing was sent to them (R-FAIL-1).
 * @param listed why, by normalised address.
 */
export async function leaveOut(ports: Needs, inHand: InHand, listed: ReadonlyMap<string, Why>): Promise<void> {
  const { head, recipients } = inHand;
  const left = recipients.filter(({ address }) => listed.has(normalize(address)));
  const all = head.recipients === 1 || left.length === recipients.length;
  if (all && head.maybe_sent) return Outcome.fail(ports, inHand, "unknown", "not sent again: suppressed since");
  const given = back(head, all ? remaining(inHand) : left.length);
  const own = (address: string) =>
    head.maybe_sent
      ? ({ state: "failed", failure_type: "unknown" } as const)
      : ({ state: "suppressed", failure_type: listed.get(normalize(address)) ?? "suppressed" } as const);
  const at = new Date(ports.clock.now()).toISOString();
  const addresses = head.to === undefined ? left.map(({ address }) => address) : [head.to];
  const [first = ""] = addresses;
  const why = head.maybe_sent ? { note: maybeSent } : { failure_type: own(first).failure_type };
  const set = all ? own(first) : dueAt(head, ports.clock.now());
  await write(ports, [
    headUpdate(head, { ...set, ...given.set }, all ? gone(head) : []),
    ...left.map(({ n, address }): Update => {
      return { update: keys.emailRecipient(head.database, head.id, n), set: own(address) };
    }),
    Event.put(head, { type: "suppressed", at, recipients: addresses, ...why }, head.expires_at),
    ...given.writes,
    ...(head.maybe_sent ? [] : await suppressed(ports, inHand, addresses, own(first).failure_type)),
  ]);
}

/** `email.suppressed`, for those of an email that are left out. */
const suppressed = (ports: Needs, inHand: InHand, about: readonly string[], type: string) =>
  Outcome.telling(ports, inHand, { type: "email.suppressed", about, data: { suppressed: { type, message: leftOut } } });

const leftOut = "The address is on the suppression list of this database, or has opted out of mass mail.";

/** Whom the email still goes to. */
const addressesOf = ({ head, recipients }: InHand): string[] =>
  head.to === undefined ? recipients.map(({ address }) => address) : [head.to];
