import * as z from "zod";
import { listQuery } from "../../src/schemas/received.ts";
import * as Answer from "./answers.ts";
import type { Route } from "./route.ts";

const database = "database" as const;
const time = z.iso.datetime();
const verdict = z.enum(["pass", "fail", "gray", "processing_failed", "disabled"]).nullable();

/** A mail that came in. */
const mail = z
  .strictObject({
    object: z.literal("received"),
    id: z.string(),
    status: z.enum(["unrouted", "unmatched"]).meta({
      description: "`unmatched` is a delivery report or complaint without proof that it speaks of a mail from here.",
    }),
    route: z.strictObject({
      rule: z.enum(["report", "none"]),
      why: z.string().meta({ description: "For people." }),
    }),
    received_at: time,
    envelope_from: z.string().nullable().meta({ description: "Null is the empty reverse-path that reports have." }),
    recipients: z.array(z.string()).meta({ description: "Of the envelope, those of this database." }),
    from: z.string().nullable(),
    subject: z.string().nullable(),
    message_id: z.string().nullable(),
    size: z.number().int().meta({ description: "In octets." }),
    verdicts: z
      .strictObject({ spam: verdict, virus: verdict, spf: verdict, dkim: verdict, dmarc: verdict })
      .meta({ description: "What SES found out; null where it does not say." }),
    confirmed_at: time.nullable(),
    expires_at: time,
  })
  .meta({ id: "Received" });

/** Mail that came in. */
export const received: readonly Route[] = [
  {
    method: "get",
    path: "/v1/received",
    tag: "Received",
    auth: database,
    summary: "List the mail that came in",
    description:
      "Newest last, until it is confirmed, at most 30 days. Delivery reports with proof are in the timeline of their email, not here. A filter that little passes answers fewer than `limit` with `has_more`: go on after `cursor`.",
    query: listQuery,
    answer: Answer.list(mail, { cursor: z.string().nullable() }),
  },
  {
    method: "get",
    path: "/v1/received/{id}",
    tag: "Received",
    auth: database,
    summary: "Get a mail that came in",
    description: "With where it went, and why.",
    answer: mail,
  },
  {
    method: "get",
    path: "/v1/received/{id}/raw",
    tag: "Received",
    auth: database,
    summary: "Get the MIME of a mail that came in",
    description: "To the octet, below the trace fields of whoever received it.",
    answer: "message/rfc822",
    redirect: "It is above 4.4 MB: `Location` is a link that is good for five minutes.",
  },
  {
    method: "post",
    path: "/v1/received/{id}/confirm",
    tag: "Received",
    auth: database,
    summary: "Confirm a mail that came in",
    description: "The application has it: it is listed no more. Confirmed again it answers the same.",
    answer: mail,
  },
];
