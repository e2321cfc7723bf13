import { statuses } from "@posthouse/core/inbound/record";
import * as z from "zod";
import { fields, oneEnd, oneEndMessage } from "./page.ts";
import { line, text } from "./text.ts";

/** `GET /v1/received` */
export const listQuery = z
  .strictObject({ ...fields, status: z.enum(statuses).optional() })
  .refine(oneEnd, oneEndMessage);

const recipient = line(320);
const record_id = z
  .union([text(100).min(1), z.int()])
  .transform(String)
  .optional();

/** The query of `POST /v1/received`: the envelope. */
export const offer = z.strictObject({
  to: z
    .union([recipient.transform((one) => [one]), z.array(recipient).max(100)])
    .optional()
    .meta({
      description:
        "Whom it was for, on domains of the database, verified or not; again for each further one. Default: those that Delivered-To, X-Original-To, X-Forwarded-To, Resent-To, To and Cc name.",
    }),
  from: line(320).optional().meta({ description: "The reverse-path of its envelope, where that is known." }),
});

/** `POST /v1/received/{id}/confirm` */
export const confirm = z.strictObject({
  record_id: record_id.meta({
    description:
      "Of a mail that made a new record: which one the application has made of it. Answers to it are that record's from now on.",
  }),
});

/** `POST /v1/received/{id}/route` */
export const route = z.strictObject({
  model: text(100).min(1).meta({ description: "E.g. `helpdesk.ticket`." }),
  record_id: record_id.meta({ description: "The record it becomes a message on. Default: a new one." }),
});
