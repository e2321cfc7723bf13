import { statusCodes } from "@posthouse/core/error";
import * as z from "zod";
import { reputation } from "./reputation.ts";

const time = z.iso.datetime();
const nullable = z.string().nullable();
const count = z.number().int();

/** A list of something. */
export const list = <Schema extends z.ZodType>(schema: Schema, more: z.core.$ZodLooseShape = {}) =>
  z.strictObject({ object: z.literal("list"), data: z.array(schema), has_more: z.boolean(), ...more });

/** What a deletion answers. */
export const deleted = (object: string) =>
  z.strictObject({ object: z.literal(object), id: z.string(), deleted: z.literal(true) });

/** What ought to be looked at, though it was done. */
export const warning = z.strictObject({ name: z.string(), message: z.string() }).meta({ id: "Warning" });

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
export const databaseDetails = database.extend({ reputation }).meta({ id: "DatabaseDetails" });
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
        z.strictObject({
          address: z.string(),
          purpose: z.enum(["bounce", "catchall", "alias"]),
          last_mail_at: time.nullable(),
        }),
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
    reject_spam: z.boolean(),
    reject_virus: z.boolean(),
  })
  .meta({ id: "Settings" });

export const health = z.strictObject({ status: z.literal("ok") });
export const document = z.looseObject({ openapi: z.string() });
