import * as z from "zod";
import { attachment } from "./email.ts";
import { text } from "./text.ts";
import { subtype } from "./thread.ts";

/** `POST /v1/threads/{model}/{record_id}/messages` */
export const post = z
  .strictObject({
    author: text(1_000).min(1).meta({ description: 'Who wrote it, one mailbox: `"Mary" <mary@example.net>`.' }),
    subject: text(4_000).optional().meta({
      description: "Of the notifications. Default: the thread's name, else the subject of the message before.",
    }),
    html: text(6_291_456).optional(),
    text: text(6_291_456).optional(),
    subtype: subtype.optional().meta({
      description: "Followers are told of those they subscribe to; `note` is internal. Default: `comment`.",
    }),
    attachments: z.array(attachment).max(100).optional(),
  })
  .refine((value) => value.html !== undefined || value.text !== undefined, {
    message: "Give `html`, `text`, or both",
    path: ["text"],
  })
  .meta({ id: "PostMessage" });
