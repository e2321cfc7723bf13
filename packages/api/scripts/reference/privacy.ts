import * as z from "zod";
import * as Erasure from "../../src/schemas/erasure.ts";
import { pageQuery } from "../../src/schemas/page.ts";
import { list } from "./answers.ts";
import type { Route } from "./route.ts";

const time = z.iso.datetime();
const nullable = z.string().nullable();
const count = z.number().int();
const database = "database" as const;
const operator = "operator" as const;

const erasure = z
  .strictObject({
    object: z.literal("erasure"),
    id: z.string(),
    status: z.enum(["running", "done"]).meta({
      description: "Done, it is swept once more a little later, for what was being written meanwhile (`swept_at`).",
    }),
    address_hash: z.string().meta({ description: "A keyed hash: the report does not hold the address." }),
    created_at: time,
    completed_at: time.nullable(),
    swept_at: time.nullable(),
    waiting: count.meta({ description: "Emails that are being handed over: erased once that has ended." }),
    removed: z.strictObject({
      heads: count.meta({ description: "Emails to it alone: a head without names stays." }),
      recipients: count.meta({ description: "Emails to others as well: they keep theirs." }),
      bodies: count,
      events: count,
      canceled: count.meta({ description: "Emails that waited to be sent to it." }),
      received: count,
      deliveries: count.meta({ description: "Of webhooks, with the address masked." }),
      records: count.meta({ description: "Other records, with the address masked: answers, events, audit entries." }),
      users: count,
      inbox: count.meta({ description: "Entries of their inbox." }),
      followers: count.meta({ description: "Threads that it followed." }),
      messages: count.meta({
        description: "Of threads: those it wrote, which are nobody's now, and those that named it.",
      }),
      senders: count,
      suppressions: count,
      opt_outs: count,
    }),
    kept: z
      .strictObject({ suppressions: count, opt_outs: count })
      .meta({ description: "So that it is not mailed again. `suppressions: true` removes them." }),
  })
  .meta({ id: "Erasure" });

const status = z.strictObject({ status: z.string(), cause: nullable, since: time.nullable() }).nullable();
const sesTenant = z
  .strictObject({
    object: z.literal("ses_tenant"),
    tenant: nullable.meta({ description: "Null = SES has none." }),
    sending_status: z.string().optional().meta({ description: "`ENABLED`, `DISABLED` or `REINSTATED`, all told." }),
    own: status
      .optional()
      .meta({ description: "What this installation has set: disabled while the database is paused." }),
    ses: status.optional().meta({ description: "What SES itself has set." }),
    impact: nullable.optional().meta({ description: "Of the worst finding." }),
    findings: z
      .array(z.strictObject({ type: z.string(), impact: z.string(), description: z.string(), since: time.nullable() }))
      .optional(),
    problem: nullable.meta({ description: "Why there is no more to say." }),
  })
  .meta({ id: "SesTenant" });

/** What is known of a recipient, and what is thought of a sender. */
export const privacy: readonly Route[] = [
  {
    method: "post",
    path: "/v1/erasures",
    tag: "Privacy",
    auth: database,
    idempotent: true,
    summary: "Erase a recipient",
    description:
      "All that is stored of one address: mail that waits for it is canceled first; mail to it alone goes, but for a head without names; mail to others as well stays theirs, without it. Suppression and opt-out stay unless asked for. May be repeated; what is made later is not erased.",
    body: Erasure.create,
    errors: ["concurrent_idempotent_requests"],
    answer: erasure,
    also: { status: 202, description: "There is more than one call gets through: it goes on by itself." },
  },
  {
    method: "get",
    path: "/v1/erasures",
    tag: "Privacy",
    auth: database,
    summary: "List erasures",
    description: "Newest first. Reports are kept for 400 days.",
    query: pageQuery,
    answer: list(erasure),
  },
  {
    method: "get",
    path: "/v1/erasures/{id}",
    tag: "Privacy",
    auth: database,
    summary: "Get an erasure",
    answer: erasure,
  },
  {
    method: "get",
    path: "/v1/databases/{name}/ses",
    tag: "Databases",
    auth: operator,
    summary: "How SES sees a database",
    description:
      "Its tenant's status and findings, read at SES now. Each call costs three of about one management call a second that SES takes. 404 where the platform is an SMTP relay.",
    answer: sesTenant,
  },
];
