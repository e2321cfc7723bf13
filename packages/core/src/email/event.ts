import { createHash } from "node:crypto";
import * as keys from "../keys.ts";
import type { Item, Key, Put } from "../ports/store.ts";
import type { FailureType, Head, Recipient } from "./head.ts";

/** An entry of an email's timeline. */
export interface Event {
  readonly type:
    | "queued"
    | "sent"
    | "delivered"
    | "delivery_delayed"
    | "bounced"
    | "complained"
    | "rejected"
    | "reported"
    | "auto_replied"
    | "opened"
    | "clicked"
    | "deferred"
    | "held"
    | "failed"
    | "suppressed"
    | "unknown"
    | "requeued"
    | "rerouted"
    | "scheduled"
    | "rescheduled"
    | "released"
    | "retried"
    | "canceled"
    | "dismissed"
    | "attachments_linked"
    | "unsubscribed"
    | "resubscribed";
  /** ISO 8601 UTC. */
  readonly at: string;
  /** The server's own words. */
  readonly reply?: string;
  readonly failure_type?: FailureType;
  /** What a reader should know, in words. */
  readonly note?: string;
  /** Whom it is about, where it is not everybody. */
  readonly recipients?: readonly string[];
  /** RFC 3463, as the remote server gave it. */
  readonly status?: string;
  /** SES's type and sub-type of a bounce, or the kind of complaint. */
  readonly bounce?: { readonly type?: string; readonly sub_type?: string };
  readonly link?: string;
  readonly user_agent?: string;
  /** Opened or clicked by a machine, not by a reader. */
  readonly machine?: true;
}

/** The action that puts an event. The same event put again is the same item. */
export function put(
  head: Pick<Head, "database" | "id" | "attempt" | "try" | "events_days">,
  event: Event,
  expiresAt: number,
): Put {
  const dedupe = createHash("sha256")
    .update(JSON.stringify([head.attempt, head.try, event]))
    .digest("base64url");
  return {
    put: {
      ...keys.emailEvent(head.database, head.id, event.at, dedupe.slice(0, 16)),
      ...event,
      expires_at: endOf(head, event.at, expiresAt),
    },
  };
}

/**
 * Until when an entry is kept, epoch seconds: so many days as the database keeps timelines, two at least, and no longer
 * than the email.
 * @param expiresAt the email's end, epoch seconds.
 */
export const endOf = ({ events_days }: Pick<Head, "events_days">, at: string, expiresAt: number): number =>
  events_days === undefined
    ? expiresAt
    : Math.min(expiresAt, Math.ceil(Date.parse(at) / 1000) + Math.max(events_days, 2) * 86_400);

/**
 * The place of what somebody outside told: the same for the same thing told again, whatever became of the email since,
 * and whenever it is said to have been.
 */
export function toldKey({ database, id }: Pick<Head, "database" | "id">, dedupe: string): Key {
  return keys.emailEvent(database, id, "told", createHash("sha256").update(dedupe).digest("base64url").slice(0, 16));
}

/** The event in an item. */
export function fromItem({ pk: _pk, sk: _sk, expires_at: _end, ...event }: Item): Event {
  return event as unknown as Event;
}

/**
 * The whole timeline: what the head says of the usual way, the recipients of their deliveries, and the events of all else,
 * in order.
 */
export function timeline(
  head: Head,
  events: readonly Event[],
  recipients: readonly Pick<Recipient, "address" | "delivered_at" | "delivered_reply">[] = [],
): Event[] {
  const { scheduled_at } = head;
  const leftOut = head.state === "suppressed" && !events.some(({ type }) => type === "suppressed");
  const first = leftOut ? "suppressed" : scheduled_at === undefined ? "queued" : "scheduled";
  const heldAtOnce = events.some(({ type, at }) => type === "held" && at === head.created_at);
  const usual: Event[] = heldAtOnce ? [] : [{ type: first, at: head.created_at }];
  const deliveries = [head, ...recipients].flatMap(delivery);
  if (head.sent_at !== undefined) {
    const at = sentBy(head, head.sent_at, [...deliveries, ...events]);
    usual.push({ type: "sent", at, ...(head.reply !== undefined && { reply: head.reply }) });
  }
  return [...usual, ...deliveries, ...events].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** What can only be told of a mail that was sent. */
const after: readonly Event["type"][] = ["delivered", "delivery_delayed", "bounced", "complained", "rejected"];

/** Its answer is written a moment after the server gave it, and others may have told of the mail by then. */
function sentBy({ claimed_at = "" }: Head, sentAt: string, events: readonly Event[]): string {
  const told = events.filter(({ type, at }) => after.includes(type) && at >= claimed_at).map(({ at }) => at);
  return [sentAt, ...told].sort()[0] ?? sentAt;
}

/** The entry of a delivery; of one recipient of several it names whom. */
export function delivery(of: Head | Pick<Recipient, "address" | "delivered_at" | "delivered_reply">): Event[] {
  const { delivered_at: at, delivered_reply: reply } = of;
  if (at === undefined) return [];
  const whom = "address" in of ? { recipients: [of.address] } : {};
  return [{ type: "delivered", at, ...(reply !== undefined && { reply }), ...whom }];
}
