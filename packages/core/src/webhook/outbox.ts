import * as keys from "../keys.ts";
import type { Put } from "../ports/store.ts";

/** How long an event waits to be told at most, in seconds. */
const lifetime = 14 * 86_400;

/** Something the database's webhooks are told. */
export interface OutboxEvent {
  /** Deterministic: what is written twice is one event. */
  readonly id: string;
  readonly type: "domain.updated" | "email.scheduled" | "usage.warning" | "usage.limit_reached";
  readonly data: Readonly<Record<string, unknown>>;
}

/** The write that puts an event into the outbox, in the transaction of what it tells. `now` in ms. */
export const put = (db: string, { id, type, data }: OutboxEvent, now: number): Put => ({
  put: {
    ...keys.outbox(db, id),
    id,
    type,
    created_at: new Date(now).toISOString(),
    data,
    expires_at: Math.floor(now / 1000) + lifetime,
  },
});
