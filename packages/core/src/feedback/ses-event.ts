import * as z from "zod";
import type { Change } from "./change.ts";
import { isGreeting } from "./greeting.ts";
import * as Ses from "./ses-change.ts";
import { schema } from "./ses-schema.ts";

/** An event of a mail of ours. */
export interface SesEvent {
  /** `Send`, `Delivery`, `Bounce`, … */
  readonly type: string;
  /** SES's own id of the message. */
  readonly provider_id: string;
  /** When SES took the mail, ISO 8601 UTC. */
  readonly sent_at: string;
  /** Which email, attempt and try it speaks of; null when the mail did not come from here. */
  readonly email: EventEmail | null;
  /** The doctor's mail that it speaks of. */
  readonly probe?: string;
  /** What it says of each recipient; nothing where its type says nothing of them. */
  readonly changes: readonly Change[];
}

export interface EventEmail {
  readonly database: string;
  readonly id: string;
  readonly attempt: number;
  readonly try: number;
}

const number = z.coerce.number().int().min(0);

/**
 * Reads an event as SES publishes it to SNS, of any of its ten types; one that SES may yet invent says that it has the
 * mail, and no more. What is not needed may be missing or of another shape.
 * @throws ZodError when it is none, or lacks what its type is for.
 */
export function read(body: unknown): SesEvent {
  if (isGreeting(body)) return nothing;
  const event = schema.parse(body);
  const { eventType, notificationType, mail } = event;
  const type = eventType ?? notificationType ?? "";
  const email = emailOf(mail.tags ?? {});
  const probe = mail.tags?.["posthouse_probe"]?.[0];
  return {
    type,
    provider_id: mail.messageId,
    sent_at: new Date(mail.timestamp).toISOString(),
    email,
    ...(probe !== undefined && { probe }),
    changes: email ? Ses.changes(type, event) : [],
  };
}

const nothing: SesEvent = { type: "", provider_id: "", sent_at: "", email: null, changes: [] };

function emailOf(tags: Readonly<Record<string, string[]>>): EventEmail | null {
  const [database, id, attempt, n] = ["database", "email", "attempt", "try"].map(
    (name) => tags[`posthouse_${name}`]?.[0],
  );
  if (!database || !id || !attempt || !n) return null;
  return { database, id, attempt: number.parse(attempt), try: number.parse(n) };
}
