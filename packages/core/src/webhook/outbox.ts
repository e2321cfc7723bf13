import { due } from "../email/due.ts";
import * as keys from "../keys.ts";
import type { Put } from "../ports/store.ts";
import { trim } from "./trim.ts";

/** What webhooks are told: the closed list. */
export const eventTypes = [
  "email.scheduled",
  "email.sent",
  "email.delivered",
  "email.delivery_delayed",
  "email.bounced",
  "email.complained",
  "email.failed",
  "email.suppressed",
  "email.held",
  "email.opened",
  "email.clicked",
  "message.received",
  "email.received",
  "domain.updated",
  "suppression.added",
  "suppression.removed",
  "usage.warning",
  "usage.limit_reached",
  "database.paused",
  "webhook.disabled",
] as const;

/** One of them. */
export type EventType = (typeof eventTypes)[number];

/** How long an event waits to be told at most, in seconds. */
const lifetime = 14 * 86_400;
/** An event whose message was lost is put on the queue again by the tick, after so many ms. */
const wait = 30_000;

/** Something the database's webhooks are told. */
export interface OutboxEvent {
  /** Deterministic: what is written twice is one event. */
  readonly id: string;
  readonly type: EventType;
  readonly data: Readonly<Record<string, unknown>>;
  /** When it happened, ISO 8601 UTC; absent = now. */
  readonly at?: string;
}

/** The same as it waits in the outbox. */
export interface Waiting extends Omit<OutboxEvent, "at"> {
  readonly database: string;
  /** When it happened, ISO 8601 UTC. */
  readonly created_at: string;
}

/**
 * The write that puts an event into the outbox, in the transaction of what it tells. It is due at once, so whatever
 * happens to its message, the tick finds it. `now` in ms.
 */
export const put = (db: string, { id, type, data, at }: OutboxEvent, now: number): Put => ({
  put: {
    ...keys.outbox(db, id),
    id,
    database: db,
    type,
    created_at: new Date(at === undefined ? now : happened(at, now)).toISOString(),
    data: trim(data),
    ...due(`${db}${id}`, now + wait),
    expires_at: Math.floor(now / 1000) + lifetime,
  },
});

/** Nothing has happened yet that is to come, whatever a clock elsewhere says. */
const happened = (at: string, now: number): number => Math.min(now, Date.parse(at) || now);
