import { rules, statuses } from "@posthouse/core/inbound/record";
import * as z from "zod";
import * as Schema from "../../src/schemas/received.ts";
import * as Answer from "./answers.ts";
import { refusals } from "./operation.ts";
import type { Route } from "./route.ts";

const database = "database" as const;
const tag = "Received";
const time = z.iso.datetime();
const nullable = z.string().nullable();
const verdict = z.enum(["pass", "fail", "gray", "processing_failed", "disabled"]).nullable();
const result = z.enum(["none", "pass", "fail", "softfail", "neutral", "policy", "temperror", "permerror"]);
const checked = z.strictObject({ result, domain: nullable });

const authentication = z
  .strictObject({
    spf: checked,
    dkim: z.array(checked),
    dmarc: z.strictObject({ result, domain: nullable, policy: z.enum(["none", "quarantine", "reject"]).nullable() }),
  })
  .meta({ description: "Who vouches for it (RFC 7208, RFC 6376, RFC 7489)." });

const route = z
  .strictObject({
    rule: z.enum(rules),
    why: z.string().meta({ description: "For people." }),
    thread: z
      .strictObject({
        model: z.string(),
        record_id: z.string(),
        new: z.boolean().meta({
          description:
            "It made a new record that the application has not named yet: `record_id` is the mail's own id until then.",
        }),
      })
      .optional(),
    message: z.string().optional().meta({ description: "The message it became on that thread." }),
    alias: z.string().optional().meta({ description: "The routing alias that took or refused it." }),
    email: z.string().optional().meta({ description: "The email it answers." }),
  })
  .meta({ id: "ReceivedRoute" });

const status = z.enum(statuses).meta({
  description:
    "`threaded`: a message on a thread. `reply`: it answers an email without one. `unmatched`: a delivery report or complaint without proof that it speaks of a mail from here. `rejected`: nothing took it; it can be routed by hand.",
});

const fields = {
  object: z.literal("received"),
  id: z.string(),
  status,
  route,
  source: z.enum(["mx", "api", "incoming"]).meta({ description: "By MX, handed in, or out of a mailbox elsewhere." }),
  in_reply_to_email: nullable.meta({ description: "The email it answers; null = none is known." }),
  received_at: time,
  envelope_from: nullable.meta({ description: "Null is the empty reverse-path that reports have, or one not known." }),
  envelope_sender: nullable.meta({ description: "The same as it was before forwarders rewrote it (SRS)." }),
  recipients: z
    .array(z.string())
    .meta({ description: "Of the envelope, those of this database; where it was forwarded, the old address." }),
  from: nullable,
  subject: nullable,
  message_id: nullable,
  size: z.number().int().meta({ description: "In octets." }),
  verdicts: z
    .strictObject({ spam: verdict, virus: verdict, spf: verdict, dkim: verdict, dmarc: verdict })
    .meta({ description: "What SES found out; null where it does not say." }),
  authentication: authentication.nullable(),
  confirmed_at: time.nullable(),
  expires_at: time,
};

/** A mail that came in. */
const mail = z.strictObject(fields).meta({ id: "Received" });

const text = nullable.meta({
  description: "Cut after 250,000 characters; null = it has none, or is not kept any more.",
});
const whole = z
  .strictObject({
    ...fields,
    to: z.array(z.string()),
    cc: z.array(z.string()),
    text,
    html: text,
    attachments: z.array(
      z.strictObject({
        n: z.number().int().meta({ description: "What it is asked for by." }),
        filename: z.string(),
        content_type: z.string(),
        content_id: nullable,
        disposition: z.enum(["attachment", "inline"]),
        size: z.number().int().meta({ description: "In octets." }),
      }),
    ),
  })
  .meta({ id: "ReceivedMail" });

const offered = z
  .strictObject({
    object: z.literal("received"),
    id: nullable.meta({
      description: "Null = it is kept nowhere: a report that told what became of an email, or a mail of our own.",
    }),
    ids: z.array(z.string()).meta({ description: "All that it became: for each thread and alias one." }),
    status: status.nullable(),
    route: route.nullable(),
    duplicate: z.boolean().meta({ description: "It had come in before: this is what became of it then." }),
  })
  .meta({ id: "ReceivedOffer" });

/** Mail that came in. */
export const received: readonly Route[] = [
  {
    method: "get",
    path: "/v1/received",
    tag,
    auth: database,
    summary: "List the mail that came in",
    description:
      "Newest last, until it is confirmed, at most 30 days: messages of threads and all else that is kept. Delivery reports with proof are in the timeline of their email, not here. A filter that little passes answers fewer than `limit` with `has_more`: go on after `cursor`.",
    query: Schema.listQuery,
    answer: Answer.list(mail, { cursor: nullable }),
  },
  {
    method: "post",
    path: "/v1/received",
    tag,
    auth: database,
    summary: "Hand in a mail",
    description:
      "A mail that the application got by itself, whole (RFC 5322). It goes by the rules of any other, is never answered automatically, and is known when it comes again. A request is at most 6 MB as Lambda counts it, in base64: 4.5 MB of mail.",
    query: Schema.offer,
    bodyType: "message/rfc822",
    idempotent: true,
    status: 201,
    answer: offered,
    errors: refusals,
  },
  {
    method: "get",
    path: "/v1/received/{id}",
    tag,
    auth: database,
    summary: "Get a mail that came in",
    description: "With where it went and why, and what it says.",
    answer: whole,
  },
  {
    method: "get",
    path: "/v1/received/{id}/raw",
    tag,
    auth: database,
    summary: "Get the MIME of a mail that came in",
    description: "To the octet, below the trace fields of whoever received it.",
    answer: "message/rfc822",
    redirect: "It is above 4.4 MB: `Location` is a link that is good for five minutes.",
  },
  {
    method: "get",
    path: "/v1/received/{id}/attachments/{n}",
    tag,
    auth: database,
    summary: "Get a file of a mail that came in",
    description: "To be saved, whatever it is.",
    answer: "application/octet-stream",
    redirect: "It is above 4.4 MB: `Location` is a link that is good for five minutes.",
  },
  {
    method: "post",
    path: "/v1/received/{id}/confirm",
    tag,
    auth: database,
    summary: "Confirm a mail that came in",
    description:
      "The application has it: it is listed no more. Of a mail that made a new record it says here which one that is. Confirmed again it answers the same.",
    body: Schema.confirm,
    answer: mail,
    errors: ["conflict"],
  },
  {
    method: "post",
    path: "/v1/received/{id}/route",
    tag,
    auth: database,
    summary: "Route a mail by hand",
    description:
      "A mail that is no message yet becomes one on the thread of a record, or a new record, as if it had come in there; followers are told. Once.",
    body: Schema.route,
    idempotent: true,
    answer: mail,
    errors: ["conflict"],
  },
];
