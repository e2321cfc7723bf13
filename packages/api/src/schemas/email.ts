import type { SendRequest } from "@posthouse/core/email/request";
import * as z from "zod";
import { type Defined, defined } from "../defined.ts";
import { fields, oneEnd, oneEndMessage } from "./page.ts";
import { id, line, notYet, text } from "./text.ts";

const mailbox = text(1_000);
const mailboxes = z.union([mailbox, z.array(mailbox).max(50)]);

export const attachment = z.strictObject({
  filename: text(255).optional(),
  content: text(6_291_456).meta({ description: "Base64." }),
  content_type: text(255).optional(),
  content_id: text(200).optional().meta({ description: "Makes it an inline image that html names by `cid:`." }),
  disposition: z.enum(["attachment", "inline"]).optional(),
  path: notYet("attachments are sent as `content`, not fetched"),
  upload: notYet("attachments are sent as `content`, not uploaded before"),
});

/** A time to send at. */
export const when = text(200).min(1).meta({
  description:
    "ISO 8601, or English as `in 1 hour`, `tomorrow at 9am`, `next monday 10:00`: UTC where no zone is named. At most 30 days ahead.",
});

const tag = z.strictObject({ name: text(256), value: text(256) });

/** What the choice of the server goes by, beside From. */
export const choosing = {
  kind: z.enum(["transactional", "mass"]).default("transactional"),
  company: id.optional().meta({ description: "Default: the database's first." }),
  server: id.optional().meta({ description: "Sends by this server, whatever the choice would be." }),
  creator: line(320).optional().meta({ description: "Address of the user who made it." }),
};

/** A record of the application, by which its thread goes. */
const thread = z.strictObject({
  model: text(100).min(1).meta({ description: "As `helpdesk.ticket`." }),
  record_id: z.union([text(100).min(1), z.int()]).meta({ description: 'Text or an integer; 7 and "7" are the same.' }),
});

const body = z.strictObject({
  from: text(2_000).optional().meta({ description: "One mailbox. Default: the notification address." }),
  to: mailboxes.meta({
    description:
      "One mailbox, or a list. With cc and bcc at most 50. Of mass mail each gets a mail of their own, and there is no cc and no bcc.",
  }),
  cc: mailboxes.optional(),
  bcc: mailboxes.optional(),
  reply_to: mailboxes.optional().meta({ description: "Default: the catchall address." }),
  subject: text(4_000),
  html: text(6_291_456).optional(),
  text: text(6_291_456).optional(),
  headers: z.record(text(200), text(20_000)).optional(),
  attachments: z.array(attachment).max(100).optional(),
  tags: z.array(tag).max(40).optional(),
  ...choosing,
  message_id: text(500).optional().meta({ description: "Your own Message-Id. Default: ours." }),
  expires_in: z
    .number()
    .int()
    .min(1)
    .max(2_592_000)
    .optional()
    .meta({ description: "Seconds until waiting ends in failure." }),
  list_unsubscribe: z.boolean().optional().meta({ description: "False for mass mail that is not marketing." }),
  scheduled_at: when.optional(),
  thread: thread
    .optional()
    .meta({ description: "Answers become messages on this record. The thread is made where there is none." }),
  template: notYet("there are no templates"),
  topic_id: notYet("there are no topics"),
});

/** `POST /v1/emails` and `POST /v1/emails/preview` */
export const send = body
  .refine((value) => value.html !== undefined || value.text !== undefined, {
    message: "Give `html`, `text`, or both",
    path: ["text"],
  })
  .meta({ id: "SendEmail" });

/** `PATCH /v1/emails/{id}` */
export const patch = z.strictObject({ scheduled_at: when });

/** `GET /v1/emails` */
export const listQuery = z
  .strictObject({
    ...fields,
    status: z
      .enum([
        "queued",
        "held",
        "scheduled",
        "sending",
        "deferred",
        "sent",
        "delivered",
        "bounced",
        "complained",
        "failed",
        "canceled",
        "suppressed",
      ])
      .optional(),
    kind: z.enum(["transactional", "mass"]).optional(),
    server: id.optional(),
    recipient: text(320).min(1).optional(),
    attention: z.enum(["true", "false"]).optional(),
  })
  .refine(oneEnd, oneEndMessage);

/** The request as core takes it: lists always lists, nothing that was not said. */
export function toSendRequest(given: z.output<typeof send>): SendRequest {
  const { to, cc, bcc, reply_to, headers, attachments, tags, thread, ...rest } = given;
  const { template: _template, topic_id: _topic, ...said } = rest;
  return {
    ...defined(said),
    ...(thread && { thread: { model: thread.model, record_id: String(thread.record_id) } }),
    to: list(to),
    cc: list(cc),
    bcc: list(bcc),
    reply_to: list(reply_to),
    headers: headers ?? {},
    attachments: (attachments ?? []).map(toAttachment),
    tags: tags ?? [],
  };
}

const list = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** An attachment as core takes it. */
export function toAttachment(given: z.output<typeof attachment>, n: number): SendRequest["attachments"][number] {
  const { path: _path, upload: _upload, filename = `attachment-${n + 1}`, ...rest } = given;
  const said: Defined<typeof rest> = defined(rest);
  return { filename, ...said };
}
