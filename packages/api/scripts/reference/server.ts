import * as z from "zod";
import { warning } from "./answers.ts";

/** What is answered of servers, and of the addresses they send as. */

const time = z.iso.datetime();
const nullable = z.string().nullable();
const count = z.number().int();

/** A server, without its secrets. */
export const server = z
  .strictObject({
    object: z.literal("server"),
    id: z.string(),
    name: z.string(),
    kind: z.enum(["smtp", "platform"]),
    host: nullable,
    port: count.nullable(),
    encryption: nullable,
    authentication: nullable,
    username: nullable,
    secrets_set: z.array(z.string()).meta({ description: "Names of the secrets that are set." }),
    from_filter: nullable,
    priority: count,
    active: z.boolean(),
    max_email_size_mb: z.number(),
    owner: nullable,
    limit_per_day: count.nullable(),
    limit_per_minute: count.nullable(),
    bounce_token: z.boolean(),
    created_at: time,
    warnings: z.array(warning),
    suggested_from_filter: nullable.optional().meta({ description: "Where there is no filter." }),
    health: z
      .strictObject({
        state: z.enum(["ok", "failing", "open"]),
        failures: count,
        since: time.nullable(),
        until: time.nullable(),
        class: z.enum(["temporary", "permanent", "auth", "tls", "connection", "provider"]).nullable(),
        reply: nullable,
      })
      .nullable()
      .meta({
        description:
          "How mail has found it; null for the platform. After three failures in a row to connect or log in it is `open`: left alone until `until`, then one mail tries. Changing its connection ends that, and so does a test that succeeds.",
      }),
  })
  .meta({ id: "Server" });

/** An address that mail goes out from. */
export const senderAddress = z
  .strictObject({
    address: z.string(),
    local_part: z.string(),
    domain: z.string(),
    used_for: z
      .array(z.enum(["bounce", "default_from", "admin", "bot", "campaign", "template", "listed"]))
      .meta({ description: "`campaign` and `template` = mass and other mail of the last 90 days." }),
  })
  .meta({ id: "SenderAddress" });

/** What a test of a server came to, step by step. */
export const serverTest = z
  .strictObject({
    object: z.literal("server_test"),
    ok: z.boolean(),
    from: z.string().meta({ description: "The From that was tried." }),
    steps: z
      .array(
        z.strictObject({
          step: z.enum(["connect", "tls", "auth", "mail_from", "rcpt_to", "data", "quota", "identity", "tenant"]),
          ok: z.boolean(),
          reply: z.string().meta({ description: "The server's own words." }),
          class: z
            .enum([
              "host_not_found",
              "no_answer",
              "refused",
              "tls",
              "authentication",
              "sender_refused",
              "recipient_refused",
              "protocol",
            ])
            .nullable(),
          ms: count,
        }),
      )
      .meta({ description: "As far as it came; of the platform: quota, identity, tenant." }),
    note: z.string(),
  })
  .meta({ id: "ServerTest" });
