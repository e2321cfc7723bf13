import { statuses } from "@posthouse/core/webhook/delivery-status";
import { eventTypes } from "@posthouse/core/webhook/outbox";
import * as z from "zod";
import { fields, oneEnd, oneEndMessage } from "./page.ts";

/** `GET /v1/webhooks/{id}/deliveries` */
export const listQuery = z
  .strictObject({ ...fields, status: z.enum(statuses).optional(), type: z.enum(eventTypes).optional() })
  .refine(oneEnd, oneEndMessage);

/** `POST /v1/webhooks/{id}/replay` */
export const replay = z.strictObject({
  since: z.iso.datetime({ offset: true }).optional().meta({ description: "Only events from then on." }),
});
