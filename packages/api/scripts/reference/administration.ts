import { statuses } from "@posthouse/core/migration/list";
import * as z from "zod";
import * as Answer from "./answers.ts";

/** What those answer who look after an installation: copies, imports, keys, settings, the audit trail. */

const time = z.iso.datetime();
const nullable = z.string().nullable();
const count = z.number().int();

const secretsMissing = z
  .array(z.strictObject({ server: z.string(), secrets: z.array(z.string()) }))
  .meta({ description: "Servers that cannot log in until they are given their secrets." });
const domainsUnverified = z
  .array(z.strictObject({ server: z.string(), domains: z.array(z.string()) }))
  .meta({ description: "Platform records that are not active until these domains of their filter are verified." });
const waiting = { secrets_missing: secretsMissing, domains_unverified: domainsUnverified };
export const databaseCopied = Answer.databaseCreated.extend(waiting);

const step = z.strictObject({
  noun: z.enum(["alias", "company", "domain", "server", "settings"]),
  name: z.string(),
  fields: z.array(z.string()).optional().meta({ description: "What differs." }),
});
export const imported = z
  .strictObject({
    object: z.literal("import"),
    dry_run: z.boolean(),
    create: z.array(step),
    update: z.array(step),
    delete: z.array(step),
    unchanged: count,
    ...waiting,
  })
  .meta({ id: "Import" });

export const operatorKey = Answer.apiKey
  .omit({ permission: true, domains: true })
  .extend({ object: z.literal("operator_api_key") })
  .meta({ id: "OperatorApiKey" });
export const operatorKeyCreated = operatorKey.extend({ token: Answer.token });
const limits = z.record(z.string(), count);
export const operatorSettings = z
  .strictObject({
    object: z.literal("operator_settings"),
    plans: limits,
    apps: limits,
    reset_utc: z.string(),
    custom_email_servers: z.record(z.string(), z.boolean()),
    applied: z.boolean().meta({ description: "False while they are still being carried to the databases." }),
  })
  .meta({ id: "OperatorSettings" });
export const migration = z
  .strictObject({
    object: z.literal("migration"),
    id: z.string(),
    of: z.string().meta({ description: "The kind of stored items." }),
    from: count,
    to: count,
    known: z.boolean().meta({ description: "False: it is one of a later release, which goes on with it." }),
    sweep: z.union([z.literal(1), z.literal(2)]).meta({
      description: "All databases are walked twice; the second begins an hour after the first.",
    }),
    databases: count.meta({ description: "How many this sweep has done." }),
    started_at: time.nullable(),
    finished_at: time.nullable(),
    status: z.enum(statuses),
    items_read: count,
    items_changed: count.meta({ description: "At least so many: what was cut short is not counted." }),
    items_failed: count.meta({ description: "Left as they are by the present walk, or the last; the log says why." }),
  })
  .meta({ id: "Migration" });
const fields = z.record(z.string(), z.unknown()).nullable().optional();
export const auditEntry = z
  .strictObject({
    object: z.literal("audit_entry"),
    id: z.string(),
    at: time,
    actor: z
      .strictObject({ type: z.enum(["api_key", "operator"]), id: nullable, request_id: z.string() })
      .nullable()
      .meta({
        description: "The key; null = the machinery itself. An operator's id is null for the installation's key.",
      }),
    changes: z.array(
      z.strictObject({
        noun: z.string(),
        id: z.string(),
        action: z.enum(["create", "update", "delete"]),
        before: fields.meta({ description: "The fields that differ; null at a creation." }),
        after: fields.meta({ description: "The same; null at a deletion. Never a secret." }),
      }),
    ),
  })
  .meta({ id: "AuditEntry" });
