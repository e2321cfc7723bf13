import { createHash } from "node:crypto";
import * as keys from "../keys.ts";
import type { Item, Put } from "../ports/store.ts";
import type { FailureType, Head } from "./head.ts";

/** An entry of an email's timeline. */
export interface Event {
  readonly type:
    | "queued"
    | "sent"
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
    | "attachments_linked";
  /** ISO 8601 UTC. */
  readonly at: string;
  /** The server's own words. */
  readonly reply?: string;
  readonly failure_type?: FailureType;
  /** What a reader should know, in words. */
  readonly note?: string;
  /** Whom it is about, where it is not everybody. */
  readonly recipients?: readonly string[];
}

/** The action that puts an event. The same event put again is the same item. */
export function put(head: Pick<Head, "database" | "id" | "attempt" | "try">, event: Event, expiresAt: number): Put {
  const dedupe = createHash("sha256")
    .update(JSON.stringify([head.attempt, head.try, event]))
    .digest("base64url");
  return {
    put: { ...keys.emailEvent(head.database, head.id, event.at, dedupe.slice(0, 16)), ...event, expires_at: expiresAt },
  };
}

/** The event in an item. */
export function fromItem({ pk: _pk, sk: _sk, expires_at: _end, ...event }: Item): Event {
  return event as unknown as Event;
}

/** The whole timeline: what the head says of the usual way, and the events of all else, in order. */
export function timeline(head: Head, events: readonly Event[]): Event[] {
  const { scheduled_at } = head;
  const first = head.state === "suppressed" ? "suppressed" : scheduled_at === undefined ? "queued" : "scheduled";
  const heldAtOnce = events.some(({ type, at }) => type === "held" && at === head.created_at);
  const usual: Event[] = heldAtOnce ? [] : [{ type: first, at: head.created_at }];
  if (head.sent_at !== undefined)
    usual.push({ type: "sent", at: head.sent_at, ...(head.reply !== undefined && { reply: head.reply }) });
  return [...usual, ...events].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
