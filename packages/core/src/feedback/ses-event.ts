import * as z from "zod";

const tag = z.array(z.string()).min(1);

/** What is read of an SES event; the rest passes by. `notificationType` stands where event publishing is off. */
const schema = z.object({
  eventType: z.string().optional(),
  notificationType: z.string().optional(),
  mail: z.object({
    messageId: z.string().min(1),
    timestamp: z.iso.datetime({ offset: true }),
    tags: z.record(z.string(), tag).optional(),
  }),
});

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
}

export interface EventEmail {
  readonly database: string;
  readonly id: string;
  readonly attempt: number;
  readonly try: number;
}

/**
 * Reads an event as SES publishes it to SNS.
 * @throws ZodError when it is none.
 */
export function read(body: unknown): SesEvent {
  const { eventType, notificationType, mail } = schema.parse(body);
  return {
    type: eventType ?? notificationType ?? "",
    provider_id: mail.messageId,
    sent_at: new Date(mail.timestamp).toISOString(),
    email: emailOf(mail.tags ?? {}),
  };
}

function emailOf(tags: Readonly<Record<string, string[]>>): EventEmail | null {
  const [database, id, attempt, n] = ["database", "email", "attempt", "try"].map(
    (name) => tags[`posthouse_${name}`]?.[0],
  );
  if (!database || !id || !attempt || !n) return null;
  return { database, id, attempt: Number(attempt), try: Number(n) };
}
