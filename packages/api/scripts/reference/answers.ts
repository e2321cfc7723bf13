import { statusCodes } from "@posthouse/core/error";
import * as z from "zod";

const time = z.iso.datetime();
const nullable = z.string().nullable();
const count = z.number().int();

/** A list of something. */
export const list = <Schema extends z.ZodType>(schema: Schema, more: z.core.$ZodLooseShape = {}) =>
  z.strictObject({ object: z.literal("list"), data: z.array(schema), has_more: z.boolean(), ...more });

/** What a deletion answers. */
export const deleted = (object: string) =>
  z.strictObject({ object: z.literal(object), id: z.string(), deleted: z.literal(true) });

const warning = z.strictObject({ name: z.string(), message: z.string() }).meta({ id: "Warning" });

export const error = z
  .strictObject({
    statusCode: count,
    name: z.enum(Object.keys(statusCodes) as [string, ...string[]]),
    message: z.string(),
    request_id: z.string(),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: "Error" });

const delivery = z.enum(["live", "capture", "redirect"]);
export const database = z
  .strictObject({
    object: z.literal("database"),
    id: z.string(),
    name: z.string(),
    status: z.enum(["active", "paused", "deleting"]),
    paused_by: z.enum(["operator", "reputation"]).nullable(),
    delivery,
    redirect_to: nullable.meta({ description: "Who gets all mail where `delivery` is `redirect`." }),
    plan: z.string(),
    apps: z.array(z.string()),
    daily_limit: count.meta({ description: "In force, in recipients a day." }),
    daily_limit_override: count.nullable().meta({ description: "What was set in place of plan and apps." }),
    default_domain: z.string(),
    provisioned: z.boolean().meta({ description: "Until then its platform mail waits." }),
    created_at: time,
    used: count.meta({ description: "Recipients counted today." }),
    limit: count,
  })
  .meta({ id: "Database" });
export const databaseCreated = database.extend({
  api_key: z.string().meta({ description: "Full access. Shown this once." }),
});
export const databaseDeleted = z.strictObject({
  object: z.literal("database"),
  name: z.string(),
  deleted: z.boolean(),
  status: z.literal("deleting").optional(),
});

export const apiKey = z
  .strictObject({
    object: z.literal("api_key"),
    id: z.string(),
    name: z.string(),
    permission: z.enum(["full_access", "sending_access", "read_access"]),
    domains: z
      .array(z.string())
      .nullable()
      .meta({ description: "Mail goes out from these only; null = no restriction." }),
    expires_at: time.nullable(),
    created_at: time,
    last_used_at: time.nullable().meta({ description: "To the hour." }),
  })
  .meta({ id: "ApiKey" });
export const token = z.string().meta({ description: "Shown this once." });
export const apiKeyCreated = apiKey.omit({ last_used_at: true }).extend({ token });
export const apiKeyRenamed = z.strictObject({ object: z.literal("api_key"), id: z.string() });

const former = z
  .array(z.strictObject({ address: z.string(), until: time }))
  .meta({ description: "Old addresses that mail still comes in by." });

export const company = z
  .strictObject({
    object: z.literal("company"),
    id: z.string(),
    name: z.string(),
    domain_id: nullable.meta({ description: "Null = the default domain." }),
    created_at: time,
    former_addresses: former.optional(),
  })
  .meta({ id: "Company" });

export const companyDeleted = deleted("company").extend({ former_addresses: former.optional() });

const ability = z.enum(["enabled", "disabled"]);
const domainStatus = z.enum(["not_started", "pending", "verified", "failed", "temporary_failure"]);
const dnsRecord = z
  .strictObject({
    record: z.enum(["Ownership", "DKIM", "SPF", "DMARC", "Receiving"]),
    name: z.string(),
    host: z.string().meta({ description: "The name within its zone, as most registrars want it." }),
    type: z.enum(["TXT", "CNAME", "MX"]),
    value: z.string(),
    priority: count.optional(),
    ttl: z.literal("Auto"),
    status: domainStatus,
    required: z.boolean().meta({ description: "Whether the domain is verified only with it; all else is advice." }),
    found: z.array(z.string()).meta({ description: "What is published there now." }),
    advice: nullable.meta({ description: "What to change, or to know." }),
  })
  .meta({ id: "DnsRecord" });
export const domainDeleted = deleted("domain").extend({ former_addresses: former.optional() });
export const domain = z
  .strictObject({
    object: z.literal("domain"),
    id: z.string(),
    name: z.string(),
    is_default: z.boolean(),
    status: domainStatus,
    status_reason: nullable.meta({ description: "Why it is not verified, where its records do not say so." }),
    checked_at: time.nullable(),
    priority: count,
    created_at: time,
    bounce_alias: z.string(),
    catchall_alias: z.string(),
    default_from: z.string(),
    records: z.array(dnsRecord),
    external: z
      .strictObject({ servers: z.array(z.string()), provider: nullable, spf_include: nullable })
      .nullable()
      .meta({ description: "The database's own servers that send for it, and the provider behind them." }),
    inbound: z.strictObject({ mx_at_us: z.boolean(), last_mail_at: time.nullable() }),
    mailboxes: z
      .array(
        z.strictObject({ address: z.string(), purpose: z.enum(["bounce", "catchall"]), last_mail_at: time.nullable() }),
      )
      .meta({ description: "To be made at its own mail server while its MX is not ours." }),
    former_addresses: former,
    companies: z.array(z.string()),
    bounce_address: z.string(),
    catchall_address: z.string(),
    notification_address: z.string(),
    region: nullable,
    open_tracking: z.boolean(),
    click_tracking: z.boolean(),
    capabilities: z.strictObject({ sending: ability, receiving: ability }),
    tls: z.string().optional(),
    tracking_subdomain: z.string().optional(),
    custom_return_path: z.string().optional(),
  })
  .meta({ id: "Domain" });

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

const days = count.meta({ description: "Days." });
export const settings = z
  .strictObject({
    object: z.literal("settings"),
    on_limit: z.enum(["reject", "hold"]),
    dedicated_server: nullable,
    custom_email_servers: z.boolean(),
    personal_servers: z.boolean(),
    prefer_notification_server: z.boolean(),
    unique_address_mode: z.enum(["always", "fallback"]),
    admin_address: z.string(),
    bot_address: z.string(),
    sender_addresses: z.array(z.string()),
    default_domain_over_smtp: z.boolean(),
    tracking: z.strictObject({ opens: z.boolean(), clicks: z.boolean() }),
    retention: z.strictObject({ bodies_days: days, heads_days: days, events_days: days }),
    loop_allow_list: z.array(z.string()),
  })
  .meta({ id: "Settings" });

export const accepted = z
  .strictObject({
    id: z.string(),
    message_id: z.string(),
    warnings: z.array(warning).optional(),
    suppressed: z.array(z.string()).optional().meta({ description: "Recipients that were left out." }),
  })
  .meta({ id: "Accepted" });

const refusal = z.strictObject({ index: count, name: z.string(), message: z.string() });
export const batch = z
  .strictObject({
    data: z.array(accepted).meta({ description: "The emails that were accepted, in the order given." }),
    errors: z.array(refusal).optional().meta({ description: "With `permissive`: the entries that were not." }),
  })
  .meta({ id: "AcceptedBatch" });

export const preview = z
  .strictObject({
    object: z.literal("preview"),
    server: z
      .strictObject({ id: z.string(), name: z.string(), kind: z.enum(["smtp", "platform"]) })
      .nullable()
      .meta({ description: "Null = the platform without a record." }),
    rule: z.string(),
    from: z.string(),
    envelope_from: z.string(),
    reply_to: z.array(z.string()),
    overridden: z.boolean(),
    considered: z.array(z.strictObject({ server: z.string(), name: z.string(), taken: z.boolean(), why: z.string() })),
    warnings: z.array(warning),
    would_refuse: warning.optional(),
  })
  .meta({ id: "Preview" });

/** What an email that was changed is answered with. */
export const emailChanged = z.strictObject({ object: z.literal("email"), id: z.string() });

const emailAgain = z.strictObject({
  object: z.literal("email"),
  id: z.string(),
  attempt: count,
  status: z.enum(["queued", "held"]),
  suppressed: z.array(z.string()).optional(),
});

/** An email that is tried again. */
export const emailRetried = emailAgain.meta({ id: "EmailRetried" });
/** What came of trying all again. */
export const emailsRetried = z
  .strictObject({
    object: z.literal("list"),
    data: z.array(emailAgain),
    refused: z.array(z.strictObject({ id: z.string(), name: z.string(), message: z.string() })),
    has_more: z.boolean(),
    cursor: z.string().nullable(),
  })
  .meta({ id: "EmailsRetried" });
/** An email whose red envelope was cleared. */
export const emailDismissed = z.strictObject({
  object: z.literal("email"),
  id: z.string(),
  attention: z.literal(false),
});

const emailHead = {
  object: z.literal("email"),
  id: z.string(),
  from: z.string(),
  to: z.array(z.string()),
  cc: z.array(z.string()),
  bcc: z.array(z.string()),
  subject: z.string(),
  created_at: time,
  scheduled_at: time.nullable(),
  last_event: z.string(),
  status: z.string(),
  kind: z.enum(["transactional", "mass"]),
  server: nullable,
  rule: z.string(),
  attention: z.boolean(),
  captured: z.boolean().meta({ description: "Kept to be looked at, and sent to nobody (`delivery: capture`)." }),
};
export const emailSummary = z.strictObject({ ...emailHead, reply_to: z.null() }).meta({ id: "EmailSummary" });
export const email = z
  .strictObject({
    ...emailHead,
    message_id: nullable,
    reply_to: z.array(z.string()),
    html: nullable,
    text: nullable,
    expires_at: time,
    envelope_from: nullable,
    tags: z.array(z.strictObject({ name: z.string(), value: z.string() })),
    recipients: z.array(
      z.strictObject({
        address: z.string(),
        field: z.string(),
        state: z.string(),
        failure_type: nullable,
        reply: nullable,
      }),
    ),
    events: z.array(z.looseObject({ type: z.string(), at: time })),
  })
  .meta({ id: "Email" });

const period = z.strictObject({
  used: count,
  limit: count.nullable(),
  sent: count,
  received: count,
  resets_at: time,
});
const ofLimit = z.strictObject({ used: count, limit: count.nullable().meta({ description: "null: none." }) });
const serverUsage = z.strictObject({
  id: z.string(),
  name: z.string(),
  minute: ofLimit.meta({ description: "Of this calendar minute, in recipients." }),
  day: ofLimit.meta({ description: "Of this counting day, in recipients." }),
  waiting: count.meta({ description: "Mails that wait for their turn, counted to 1,000." }),
});

export const usage = z
  .strictObject({
    object: z.literal("usage"),
    date: z.string(),
    used: count,
    limit: count,
    remaining: count,
    resets_at: time,
    held: count,
    history: z.array(z.strictObject({ date: z.string(), accepted: count })),
    servers: z.array(serverUsage).meta({ description: "Servers with limits of their own." }),
    emails: z.strictObject({ daily: period, monthly: period }),
  })
  .meta({ id: "Usage" });

export const health = z.strictObject({ status: z.literal("ok") });
export const document = z.looseObject({ openapi: z.string() });
