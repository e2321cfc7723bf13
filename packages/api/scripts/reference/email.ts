import * as z from "zod";
import { warning } from "./answers.ts";
import { leftOut } from "./left-out.ts";

/** What is answered of emails. */

const time = z.iso.datetime();
const nullable = z.string().nullable();
const count = z.number().int();

/** A mail that was taken. */
export const accepted = z
  .strictObject({
    id: z.string(),
    message_id: z.string(),
    ids: z.array(z.string()).optional().meta({
      description:
        "Of mass mail to several: the emails, one for each recipient in the order of `to`, but for those with the reason `duplicate` or `address_invalid`. `id` is the first.",
    }),
    warnings: z.array(warning).optional(),
    suppressed: z.array(leftOut).optional().meta({ description: "Recipients that were left out." }),
  })
  .meta({ id: "Accepted" });

const refusal = z.strictObject({ index: count, name: z.string(), message: z.string() });
/** Many mails, those of them that were taken. */
export const batch = z
  .strictObject({
    data: z.array(accepted).meta({ description: "The emails that were accepted, in the order given." }),
    errors: z.array(refusal).optional().meta({ description: "With `permissive`: the entries that were not." }),
  })
  .meta({ id: "AcceptedBatch" });

/** Who would send a mail, and as whom. */
export const preview = z
  .strictObject({
    object: z.literal("preview"),
    server: z
      .strictObject({ id: z.string(), name: z.string(), kind: z.enum(["smtp", "platform"]) })
      .nullable()
      .meta({ description: "Null = the platform without a record." }),
    rule: z.string(),
    from: z.string(),
    envelope_from: z.string(),
    reply_to: z.array(z.string()),
    overridden: z.boolean(),
    thread: z.strictObject({ model: z.string(), record_id: z.string() }).nullable(),
    considered: z.array(z.strictObject({ server: z.string(), name: z.string(), taken: z.boolean(), why: z.string() })),
    warnings: z.array(warning),
    would_refuse: warning.optional(),
  })
  .meta({ id: "Preview" });

/** What an email that was changed is answered with. */
export const emailChanged = z.strictObject({ object: z.literal("email"), id: z.string() });

const emailAgain = z.strictObject({
  object: z.literal("email"),
  id: z.string(),
  attempt: count,
  status: z.enum(["queued", "held"]),
  suppressed: z.array(leftOut).optional(),
});

/** An email that is tried again. */
export const emailRetried = emailAgain.meta({ id: "EmailRetried" });
/** What came of trying all again. */
export const emailsRetried = z
  .strictObject({
    object: z.literal("list"),
    data: z.array(emailAgain),
    refused: z.array(z.strictObject({ id: z.string(), name: z.string(), message: z.string() })),
    has_more: z.boolean(),
    cursor: z.string().nullable(),
  })
  .meta({ id: "EmailsRetried" });
/** An email whose red envelope was cleared. */
export const emailDismissed = z.strictObject({
  object: z.literal("email"),
  id: z.string(),
  attention: z.literal(false),
});

const emailHead = {
  object: z.literal("email"),
  id: z.string(),
  from: z.string(),
  to: z.array(z.string()),
  cc: z.array(z.string()),
  bcc: z.array(z.string()),
  subject: z.string(),
  created_at: time,
  scheduled_at: time.nullable(),
  last_event: z.string(),
  status: z.string(),
  kind: z.enum(["transactional", "mass"]),
  server: nullable,
  rule: z.string(),
  attention: z.boolean(),
  captured: z.boolean().meta({ description: "Kept to be looked at, and sent to nobody (`delivery: capture`)." }),
};
/** An email in a list. */
export const emailSummary = z.strictObject({ ...emailHead, reply_to: z.null() }).meta({ id: "EmailSummary" });
/** An email with its recipients and its timeline. */
export const email = z
  .strictObject({
    ...emailHead,
    message_id: nullable,
    reply_to: z.array(z.string()),
    html: nullable,
    text: nullable,
    expires_at: time,
    envelope_from: nullable,
    tags: z.array(z.strictObject({ name: z.string(), value: z.string() })),
    recipients: z.array(
      z.strictObject({
        address: z.string(),
        field: z.string(),
        state: z.string(),
        failure_type: nullable,
        reply: nullable,
      }),
    ),
    events: z.array(z.looseObject({ type: z.string(), at: time })),
    thread: z
      .strictObject({ model: z.string(), record_id: z.string() })
      .nullable()
      .meta({ description: "The record that answers become messages on; null = none, or its thread is gone." }),
  })
  .meta({ id: "Email" });
