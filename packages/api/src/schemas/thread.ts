import * as z from "zod";
import { oneEnd, oneEndMessage, fields as pageFields } from "./page.ts";
import { id, line } from "./text.ts";

/** An address, in octets no longer than any can be: it may be where a list goes on. */
const address = line(320).refine((value) => Buffer.byteLength(value) <= 320, "is longer than any address");

/** The query of a list that is in the order of its addresses. */
const byAddress = {
  limit: pageFields.limit,
  after: address.min(1).optional().meta({ description: "Those after this address." }),
  before: address.min(1).optional().meta({ description: "Those before this address." }),
};

/** `PUT /v1/threads/{model}/{record_id}` */
export const put = z.strictObject({
  name: line(200).nullable().optional().meta({ description: "For people, e.g. `Ticket 7`." }),
  company: id.nullable().optional().meta({
    description: "A company's id: its mail goes out as that company's. Null = the database's first.",
  }),
  alias: address.nullable().optional().meta({
    description: "The routing alias that answers come back to, by its address or id. Null = the catchall.",
  }),
});

/** What kind of message it is. */
export const subtype = z.string().regex(/^[a-z0-9_.-]{1,50}$/, "is to be 1 to 50 of a-z, 0-9, `_`, `.` and `-`");

/** `PUT /v1/threads/{model}/{record_id}/followers/{address}` */
export const follow = z.strictObject({
  name: line(200).nullable().optional(),
  user: z.boolean().optional().meta({
    description:
      "Whether it is a user of the application; whoever is in `/v1/users` is one in any case. Default: false.",
  }),
  notify: z.enum(["email", "inbox"]).nullable().optional().meta({
    description:
      "How it is told, in place of the user's own preference; null = as that says. Users alone have an inbox.",
  }),
  subtypes: z.array(subtype).min(1).max(20).optional().meta({
    description: "What it is told of. Internal notes (`note`) go to users alone. Default: `comment`.",
  }),
});

/** `GET /v1/threads/{model}/{record_id}/followers` and `GET /v1/users` */
export const listByAddress = z.strictObject(byAddress).refine(oneEnd, oneEndMessage);

/** `PUT /v1/users/{address}` */
export const user = z.strictObject({
  name: line(200).nullable().optional(),
  notify: z.enum(["email", "inbox"]).optional().meta({ description: "How it is told of messages. Default: `email`." }),
});

/** `GET /v1/inbox` */
export const inbox = z
  .strictObject({
    user: address.min(1).meta({ description: "The user's address." }),
    unread: z.enum(["true", "false"]).optional().meta({ description: "`true`: only what was not read." }),
    ...pageFields,
  })
  .refine(oneEnd, oneEndMessage);
