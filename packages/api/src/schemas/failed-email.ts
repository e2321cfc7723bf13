import * as z from "zod";
import { id, text } from "./text.ts";

/** `POST /v1/emails/{id}/retry` */
export const retry = z.strictObject({
  recipients: z
    .array(text(320))
    .min(1)
    .max(50)
    .optional()
    .meta({ description: "Addresses. Default: all that failed or bounced." }),
});

/** Why a recipient failed. */
const failureType = z.enum([
  "from_missing",
  "from_invalid",
  "address_missing",
  "address_invalid",
  "suppressed",
  "opted_out",
  "duplicate",
  "daily_limit",
  "email_too_large",
  "smtp_temporary",
  "smtp_permanent",
  "auth",
  "tls",
  "connection",
  "bounce",
  "complaint",
  "provider",
  "unknown",
]);

/** `POST /v1/emails/retry` */
export const retryAll = z.strictObject({
  status: z.enum(["failed", "bounced"]).optional().meta({ description: "Default: both." }),
  failure_type: failureType.optional(),
  after: id.optional().meta({ description: "The `cursor` of the call before." }),
});
