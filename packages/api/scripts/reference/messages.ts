import * as z from "zod";

const count = z.number().int();
const nullable = z.string().nullable();

export const author = z.strictObject({ name: nullable, address: z.string() });

/** The email that tells a follower of a message. */
export const notification = z
  .strictObject({
    email_id: z.string(),
    address: z.string(),
    state: z.string(),
    failure_type: nullable,
  })
  .meta({ id: "Notification" });

/** What became of telling a message. */
export const told = z.strictObject({
  emails: count.meta({ description: "Accepted, those that are held among them." }),
  held: count.meta({ description: "Those that wait for room in the daily limit." }),
  inbox: count.meta({ description: "Entries of users' inboxes." }),
  pending: count.meta({ description: "Followers whose turn is still to come." }),
  not_sent: z
    .array(
      z.strictObject({
        address: z.string(),
        reason: z.string().meta({ description: "The name of an error, or a failure type." }),
        message: z.string(),
        resets_at: z.iso.datetime().optional(),
      }),
    )
    .meta({ description: "Who is not told, and why; the first hundred." }),
  not_sent_count: count,
});

/** An entry of a thread. */
export const message = z
  .strictObject({
    object: z.literal("message"),
    id: z.string(),
    thread: z.strictObject({ model: z.string(), record_id: z.string() }),
    author,
    author_verified: z.boolean().meta({
      description:
        "False = the mail it came in by says so, and nothing proves it (DMARC, or SPF or DKIM of the author's domain): anybody may have written it.",
    }),
    subject: nullable,
    subtype: z.string(),
    message_id: z.string(),
    html: nullable,
    text: nullable,
    cut: z.boolean().meta({ description: "Something of `html` or `text` is left out here, for it is too much." }),
    attachments: z.array(
      z.strictObject({
        n: count.meta({ description: "What it is downloaded by." }),
        filename: z.string(),
        content_type: z.string(),
        size: count.meta({ description: "In octets." }),
        content_id: nullable,
      }),
    ),
    received_id: nullable.meta({ description: "The mail it came in by; null = it was posted." }),
    created_at: z.iso.datetime(),
    attention: z.boolean().meta({ description: "One of its emails failed or bounced, and nobody has dismissed that." }),
    notifications: told.extend({
      data: z
        .array(notification)
        .meta({ description: "The first hundred of its emails, those in need of attention before the others." }),
      has_more: z.boolean(),
    }),
  })
  .meta({ id: "Message" });

/** A message as its poster is answered. */
export const posted = z
  .strictObject({
    object: z.literal("message"),
    id: z.string(),
    thread: z.strictObject({ model: z.string(), record_id: z.string() }),
    author,
    subject: nullable,
    subtype: z.string(),
    message_id: z.string(),
    created_at: z.iso.datetime(),
    notifications: told,
  })
  .meta({ id: "PostedMessage" });
