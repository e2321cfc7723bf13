import { eventTypes } from "@posthouse/core/webhook/outbox";
import * as z from "zod";
import { pageQuery } from "../../src/schemas/page.ts";
import * as Webhook from "../../src/schemas/webhook.ts";
import * as Answer from "./answers.ts";
import type { Route } from "./route.ts";

const time = z.iso.datetime();

const webhook = z
  .strictObject({
    object: z.literal("webhook"),
    id: z.string(),
    endpoint: z.string(),
    events: z.array(z.enum(eventTypes)),
    status: z.enum(["enabled", "disabled"]),
    disabled_reason: z
      .enum(["requested", "gone", "failing"])
      .nullable()
      .meta({ description: "Somebody wanted it so, it answered 410 Gone, or it failed for days on end." }),
    failing_since: time.nullable().meta({ description: "Since when no attempt has succeeded." }),
    last_delivery: z
      .strictObject({
        at: time,
        ok: z.boolean(),
        status: z.number().int().nullable().meta({ description: "HTTP; null = no answer." }),
      })
      .nullable()
      .meta({ description: "The last attempt." }),
    created_at: time,
  })
  .meta({ id: "Webhook" });

const withSecret = webhook.extend({
  signing_secret: z.string().meta({ description: "`whsec_` and base64. Shown this once." }),
});
const got = webhook.extend({
  signing_secret: z.null().meta({ description: "Shown when it is made or rotated, and never again." }),
});
const tested = z
  .strictObject({
    object: z.literal("webhook_test"),
    id: z.string().meta({ description: "The `webhook-id` it was sent with." }),
    ok: z.boolean().meta({ description: "Whether the answer was 2xx." }),
    status: z.number().int().nullable().meta({ description: "HTTP; null = no answer." }),
    answer: z
      .string()
      .nullable()
      .meta({ description: "The first 500 characters of the answer; null where there is none, or it is no text." }),
    error: z.string().nullable().meta({ description: "What is wrong, and what to do." }),
    ms: z.number().int(),
  })
  .meta({ id: "WebhookTest" });

interface Whose extends Pick<Route, "auth" | "tag"> {
  readonly path: string;
  readonly what: string;
}

/** The operations on the endpoints of a database, or of the operator. */
const operations = ({ path, what, ...whose }: Whose): Route[] => [
  {
    ...whose,
    method: "post",
    path,
    idempotent: true,
    summary: "Make a webhook",
    description: `${what} Signed by Standard Webhooks with the secret in this answer. 20 at most.`,
    body: Webhook.create,
    status: 201,
    answer: withSecret,
    errors: ["conflict"],
  },
  {
    ...whose,
    method: "get",
    path,
    summary: "List the webhooks",
    description: "Newest first.",
    query: pageQuery,
    answer: Answer.list(webhook),
  },
  { ...whose, method: "get", path: `${path}/{id}`, summary: "Get a webhook", answer: got },
  {
    ...whose,
    method: "patch",
    path: `${path}/{id}`,
    summary: "Change a webhook",
    description: "Another URL, other events, or whether it is told anything: in force within 10 seconds.",
    body: Webhook.patch,
    answer: webhook,
  },
  {
    ...whose,
    method: "delete",
    path: `${path}/{id}`,
    summary: "Delete a webhook",
    description: "It is told nothing more.",
    answer: Answer.deleted("webhook"),
  },
  {
    ...whose,
    method: "post",
    path: `${path}/{id}/signing-secret/rotate`,
    idempotent: true,
    summary: "Rotate the secret of a webhook",
    description: "For 24 hours what is sent has two signatures, that of the former secret too; then the new one only.",
    answer: withSecret,
    errors: ["conflict"],
  },
  {
    ...whose,
    method: "post",
    path: `${path}/{id}/test`,
    summary: "Test a webhook",
    description:
      "Sends a signed `webhook.test` at once and tells what came back. Ten times at once, then once in six seconds.",
    answer: tested,
    errors: ["rate_limit_exceeded"],
  },
];

/** Webhooks, of a database and of the operator. */
export const webhooks: readonly Route[] = [
  ...operations({
    path: "/v1/webhooks",
    auth: "database",
    tag: "Webhooks",
    what: "A URL that is told of events of the database.",
  }),
  ...operations({
    path: "/v1/operator/webhooks",
    auth: "operator",
    tag: "Operator",
    what: "A URL that is told of events of all databases, each with its `database`.",
  }),
];
