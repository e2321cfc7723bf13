import { statuses } from "@posthouse/core/webhook/delivery-status";
import { eventTypes } from "@posthouse/core/webhook/outbox";
import * as z from "zod";
import * as Delivery from "../../src/schemas/webhook-delivery.ts";
import * as Answer from "./answers.ts";
import type { Route } from "./route.ts";

const time = z.iso.datetime();

const attempt = z
  .strictObject({
    at: time,
    status: z.number().int().nullable().meta({ description: "HTTP; null = no answer." }),
    answer: z.string().nullable().meta({ description: "The first 500 characters of the answer, where it is text." }),
    ms: z.number().int(),
    error: z.string().nullable().meta({ description: "What is wrong, and what to do; null = it was taken." }),
  })
  .meta({ id: "WebhookAttempt" });

const delivery = z
  .strictObject({
    object: z.literal("webhook_delivery"),
    id: z.string(),
    event: z.string().meta({ description: "The `webhook-id`: the same at each attempt and replay." }),
    type: z.enum(eventTypes),
    status: z.enum(statuses),
    created_at: time.meta({ description: "When the event happened." }),
    attempts: z.array(attempt).meta({ description: "The last 15." }),
    next_attempt_at: time.nullable(),
  })
  .meta({ id: "WebhookDelivery" });

const detail = delivery
  .extend({ payload: z.record(z.string(), z.unknown()).meta({ description: "What is posted." }) })
  .meta({ id: "WebhookDeliveryDetail" });

const replayed = z
  .strictObject({
    object: z.literal("webhook_replay"),
    count: z.number().int(),
    has_more: z.boolean().meta({ description: "More have failed: call again." }),
  })
  .meta({ id: "WebhookReplay" });

const cursor = z.string().nullable().meta({ description: "Where a filtered search goes on: the next `after`." });

/** The operations on what the endpoints of a database, or of the operator, were told. */
const operations = (path: string, whose: Pick<Route, "auth" | "tag">): Route[] => [
  {
    ...whose,
    method: "get",
    path: `${path}/{id}/deliveries`,
    summary: "List the deliveries to a webhook",
    description: "Those of the newest events first; kept for 30 days.",
    query: Delivery.listQuery,
    answer: Answer.list(delivery, { cursor }),
  },
  {
    ...whose,
    method: "get",
    path: `${path}/{id}/deliveries/{delivery}`,
    summary: "Get a delivery to a webhook",
    answer: detail,
  },
  {
    ...whose,
    method: "post",
    path: `${path}/{id}/deliveries/{delivery}/replay`,
    summary: "Replay a delivery",
    description: "Delivers it again at once, whatever became of it, with all its attempts anew.",
    answer: delivery,
    errors: ["conflict"],
  },
  {
    ...whose,
    method: "post",
    path: `${path}/{id}/replay`,
    summary: "Replay what has failed",
    description: "Oldest first, 100 a call: call again while there is more.",
    body: Delivery.replay,
    answer: replayed,
    errors: ["conflict"],
  },
];

/** Deliveries to webhooks, of a database and of the operator. */
export const webhookDeliveries: readonly Route[] = [
  ...operations("/v1/webhooks", { auth: "database", tag: "Webhooks" }),
  ...operations("/v1/operator/webhooks", { auth: "operator", tag: "Operator" }),
];
