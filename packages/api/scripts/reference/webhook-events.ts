import { eventTypes } from "@posthouse/core/webhook/outbox";
import * as z from "zod";
import { pageQuery } from "../../src/schemas/page.ts";
import * as Answer from "./answers.ts";
import type { Route } from "./route.ts";

const time = z.iso.datetime();

const event = z
  .strictObject({
    object: z.literal("webhook_event"),
    id: z.string().meta({ description: "That of the delivery, `dlv_…`." }),
    event: z.string().meta({ description: "The `webhook-id`: the same at each attempt and replay." }),
    type: z.enum(eventTypes),
    status: z
      .enum(["success", "pending", "attempting", "failed"])
      .meta({ description: "`pending` = not tried yet, `attempting` = to be tried again." }),
    created_at: time.meta({ description: "When the event happened." }),
    next_attempt_at: time.nullable(),
  })
  .meta({ id: "WebhookEvent" });

const detail = event
  .extend({ payload: z.record(z.string(), z.unknown()).meta({ description: "What is posted." }) })
  .meta({ id: "WebhookEventDetail" });

const attempt = z
  .strictObject({
    object: z.literal("webhook_event_attempt"),
    id: z.string(),
    http_status_code: z.number().int().meta({ description: "0 = no answer." }),
    response: z.string().meta({ description: "The first 500 characters of the answer, where it is text." }),
    sent_at: time,
    ms: z.number().int(),
    error: z.string().nullable().meta({ description: "What is wrong, and what to do; null = it was taken." }),
  })
  .meta({ id: "WebhookEventAttempt" });

const common = { auth: "database", tag: "Webhooks" } as const;
const same = "As the Resend API has it; the same as";

/** The deliveries to a database's webhooks, as the `resend` package asks for them. */
export const webhookEvents: readonly Route[] = [
  {
    ...common,
    method: "get",
    path: "/v1/webhooks/{id}/events",
    summary: "List the events of a webhook",
    description: `${same} its deliveries. Newest first; kept for 30 days.`,
    query: pageQuery,
    answer: Answer.list(event),
  },
  {
    ...common,
    method: "get",
    path: "/v1/webhooks/{id}/events/{event}",
    summary: "Get an event of a webhook",
    description: `${same} the delivery.`,
    answer: detail,
  },
  {
    ...common,
    method: "get",
    path: "/v1/webhooks/{id}/events/{event}/attempts",
    summary: "List the attempts of an event",
    description: `${same} \`attempts\` of the delivery. Newest first; the last 15.`,
    query: pageQuery,
    answer: Answer.list(attempt),
  },
  {
    ...common,
    method: "post",
    path: "/v1/webhooks/{id}/events/{event}/replay",
    summary: "Replay an event",
    description: `${same} replaying the delivery: at once, whatever became of it, with all its attempts anew.`,
    answer: event,
    errors: ["conflict"],
  },
];
