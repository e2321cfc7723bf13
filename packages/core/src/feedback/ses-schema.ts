import * as z from "zod";

const time = z.iso.datetime({ offset: true });
const text = z.string().nullish().catch(undefined);

/** A recipient as bounces and delays name it. */
const recipient = z.object({ emailAddress: z.string(), status: text, diagnosticCode: text });
export type SesRecipient = z.infer<typeof recipient>;

const bounce = z.object({
  bounceType: z.string(),
  bounceSubType: text,
  bouncedRecipients: z.array(recipient),
  timestamp: time,
  feedbackId: text,
});
const complaint = z.object({
  complainedRecipients: z.array(z.object({ emailAddress: z.string() })),
  complaintFeedbackType: text,
  complaintSubType: text,
  timestamp: time,
  feedbackId: text,
});
const delivery = z.object({ timestamp: time, recipients: z.array(z.string()), smtpResponse: text });
const deliveryDelay = z.object({ timestamp: time, delayType: text, delayedRecipients: z.array(recipient) });
const open = z.object({ timestamp: time, ipAddress: text, userAgent: text });

/**
 * What is read of an SES event; the rest passes by. `notificationType` stands where event publishing is off, and there
 * are no tags then.
 */
export const schema = z.object({
  eventType: z.string().optional(),
  notificationType: z.string().optional(),
  mail: z.object({
    messageId: z.string().min(1),
    timestamp: time,
    destination: z.array(z.string()).catch([]),
    tags: z.record(z.string(), z.array(z.string()).min(1)).optional(),
  }),
  delivery: delivery.optional(),
  bounce: bounce.optional(),
  complaint: complaint.optional(),
  deliveryDelay: deliveryDelay.optional(),
  reject: z.object({ reason: text }).optional(),
  failure: z.object({ errorMessage: text }).optional(),
  open: open.optional(),
  click: open.extend({ link: z.string() }).optional(),
});

/** An event of SES. */
export type SesBody = z.infer<typeof schema>;
/** The part of an event that is of its own type. */
export type SesDetail<Name extends keyof SesBody> = NonNullable<SesBody[Name]>;
