import { eventTypes } from "@posthouse/core/webhook/outbox";
import * as z from "zod";
import { text } from "./text.ts";

const fields = {
  endpoint: text(2_000).min(1).meta({ description: "The URL, https." }),
  events: z.array(z.enum(eventTypes)).min(1).max(100).meta({ description: "What it is told." }),
};

/** `POST /v1/webhooks`, `POST /v1/operator/webhooks` */
export const create = z.strictObject(fields);

/** `PATCH /v1/webhooks/{id}`, `PATCH /v1/operator/webhooks/{id}` */
export const patch = z
  .strictObject({
    ...fields,
    status: z.enum(["enabled", "disabled"]).meta({ description: "Enabled again, it begins without its failures." }),
  })
  .partial();
