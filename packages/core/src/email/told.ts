import { createHash } from "node:crypto";
import type { Put } from "../ports/store.ts";
import * as Outbox from "../webhook/outbox.ts";
import type { Head } from "./head.ts";

/** What of an email the database's webhooks are told, beside what is special to a type. */
export interface Telling {
  readonly type: Extract<Outbox.EventType, `email.${string}`>;
  /** What makes it one event however often it is written, beside email and type. */
  readonly once: string;
  /** Addresses it is about; absent = the only recipient. */
  readonly about?: readonly string[];
  readonly data?: Readonly<Record<string, unknown>>;
  /** When it happened, ISO 8601 UTC; absent = now. */
  readonly at?: string;
}

/**
 * The write that tells of an email, in the transaction of what it tells: the fields of the Resend API that the head
 * knows. `now` in ms.
 */
export function put(head: Head, { type, once, about, data = {}, at }: Telling, now: number): Put {
  const { database, id, from, subject, to, created_at } = head;
  const hash = createHash("sha256").update(`${type} ${once}`).digest("hex").slice(0, 24);
  const shown = { email_id: id, created_at, from, to: about ?? (to === undefined ? [] : [to]), subject };
  const event = { id: `${id}.${hash}`, type, data: { ...shown, ...data } };
  return Outbox.put(database, { ...event, ...(at !== undefined && { at }) }, now);
}
