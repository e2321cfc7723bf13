import * as z from "zod";
import { choosing, when } from "./email.ts";
import { text } from "./text.ts";

const mailbox = text(1_000);

/** The query of `POST /v1/emails/raw`: the envelope, and what a message does not say of itself. */
export const send = z.strictObject({
  to: z
    .union([mailbox.transform((one) => [one]), z.array(mailbox).max(50)])
    .optional()
    .meta({ description: "A recipient; again for each further one. Default: all of To, Cc and Bcc." }),
  from: text(2_000).optional().meta({ description: "One mailbox. Default: the From of the message." }),
  ...choosing,
  message_id: text(500).optional().meta({ description: "Default: that of the message, else ours." }),
  expires_in: z.coerce
    .number()
    .int()
    .min(1)
    .max(2_592_000)
    .optional()
    .meta({ description: "Seconds until waiting ends in failure." }),
  list_unsubscribe: z
    .enum(["true", "false"])
    .transform((value) => value === "true")
    .optional()
    .meta({ description: "False for mass mail that is not marketing." }),
  scheduled_at: when.optional(),
});
