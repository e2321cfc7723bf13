import type { RawRequest } from "@posthouse/core/email/raw";
import { AppError } from "@posthouse/core/error";
import * as z from "zod";
import { defined } from "../defined.ts";
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
  thread_model: text(100)
    .optional()
    .meta({ description: "With `thread_record_id`: as `thread` of `POST /v1/emails`." }),
  thread_record_id: text(100).optional(),
});

/** The request as core takes it, but for its recipients. @throws AppError missing_required_field for half a thread */
export function toRawRequest(given: Omit<z.output<typeof send>, "to">): Omit<RawRequest, "to" | "from_domains"> {
  const { thread_model: model, thread_record_id: record_id, ...said } = given;
  if (model === undefined && record_id === undefined) return defined(said);
  if (model !== undefined && record_id !== undefined) return { ...defined(said), thread: { model, record_id } };
  const field = model === undefined ? "thread_model" : "thread_record_id";
  throw new AppError("missing_required_field", `Missing \`${field}\` field: a thread has a model and a record id.`, {
    details: { field },
  });
}
