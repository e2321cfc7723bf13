import * as ApiKey from "../../src/schemas/api-key.ts";
import * as Database from "../../src/schemas/database.ts";
import * as Email from "../../src/schemas/email.ts";
import * as OperatorSchema from "../../src/schemas/operator.ts";
import { pageQuery } from "../../src/schemas/page.ts";
import * as Administration from "./administration.ts";
import * as Answer from "./answers.ts";
import * as EmailAnswer from "./email.ts";
import type { Route } from "./route.ts";
import { usage } from "./usage.ts";

const operator = "operator" as const;
const database = "database" as const;
const none = "none" as const;
const permission = "sending_access" as const;

export const refusals = [
  "invalid_from_address",
  "invalid_header",
  "invalid_attachment",
  "unknown_server",
  "inactive_server",
  "email_too_large",
  "from_not_allowed",
  "server_not_yours",
] as const;

/** What the operator does. */
export const databases: readonly Route[] = [
  {
    method: "post",
    path: "/v1/databases",
    idempotent: true,
    tag: "Databases",
    auth: operator,
    summary: "Make a database",
    description:
      "With its company, its default domain and a key with full access, which is in this answer only. Nothing else has to be set up before the first mail.",
    body: Database.create,
    status: 201,
    answer: Answer.databaseCreated,
    errors: ["name_taken"],
  },
  {
    method: "post",
    path: "/v1/databases/{name}/copy",
    idempotent: true,
    tag: "Databases",
    auth: operator,
    summary: "Copy a database",
    description:
      "A new one with the same configuration and users, new keys and no secrets. Its mail is kept and sent to nobody until `delivery` is changed.",
    body: Database.copy,
    status: 201,
    answer: Administration.databaseCopied,
    errors: ["name_taken", "conflict", "concurrent_idempotent_requests"],
  },
  {
    method: "get",
    path: "/v1/databases",
    tag: "Databases",
    auth: operator,
    summary: "List the databases",
    description: "By name, with what each has used of its daily limit.",
    query: pageQuery,
    answer: Answer.list(Answer.database),
  },
  {
    method: "get",
    path: "/v1/databases/{name}",
    tag: "Databases",
    auth: operator,
    summary: "Get a database",
    answer: Answer.databaseDetails,
  },
  {
    method: "patch",
    path: "/v1/databases/{name}",
    tag: "Databases",
    auth: operator,
    summary: "Change a database",
    description:
      "Another plan, other apps or another limit are in force at once. `status: paused` refuses and holds back all of its mail, `active` resumes it: bounces and complaints are counted from then on.",
    body: Database.patch,
    answer: Answer.databaseDetails,
    errors: ["conflict"],
  },
  {
    method: "delete",
    path: "/v1/databases/{name}",
    tag: "Databases",
    auth: operator,
    summary: "Delete a database",
    description: "Erases all that is stored of it. Its name is free again after 400 days.",
    also: { status: 202, description: "There was too much for one call: make it again until it answers 200." },
    answer: Answer.databaseDeleted,
  },
];

/** What the operator does for the whole installation. */
export const installation: readonly Route[] = [
  {
    method: "post",
    path: "/v1/operator/api-keys",
    idempotent: true,
    tag: "Operator",
    auth: operator,
    summary: "Make a further key of the operator",
    description: "It may do all that the installation's own may.",
    body: ApiKey.createOperators,
    status: 201,
    answer: Administration.operatorKeyCreated,
    errors: ["conflict"],
  },
  {
    method: "get",
    path: "/v1/operator/api-keys",
    tag: "Operator",
    auth: operator,
    summary: "List the keys of the operator",
    description: "Newest first, but for the installation's own.",
    query: pageQuery,
    answer: Answer.list(Administration.operatorKey),
  },
  {
    method: "delete",
    path: "/v1/operator/api-keys/{id}",
    tag: "Operator",
    auth: operator,
    summary: "Revoke a key of the operator",
    answer: Answer.deleted("operator_api_key"),
  },
  {
    method: "get",
    path: "/v1/operator/settings",
    tag: "Operator",
    auth: operator,
    summary: "Get the settings of the installation",
    answer: Administration.operatorSettings,
  },
  {
    method: "patch",
    path: "/v1/operator/settings",
    tag: "Operator",
    auth: operator,
    summary: "Change the settings of the installation",
    description: "Another limit of a plan or app is carried to every database that has it. What is not named stays.",
    body: OperatorSchema.patch,
    answer: Administration.operatorSettings,
    errors: ["conflict"],
  },
  {
    method: "get",
    path: "/v1/operator/migrations",
    tag: "Operator",
    auth: operator,
    summary: "List the migrations of stored items",
    description:
      "In their order: how far each has taken what earlier releases have stored. Nobody has to wait for them.",
    query: pageQuery,
    answer: Answer.list(Administration.migration),
  },
  {
    method: "get",
    path: "/v1/operator/audit",
    tag: "Operator",
    auth: operator,
    summary: "List the changes of the operator",
    description: "Newest first: settings, keys, databases. Kept for 400 days.",
    query: pageQuery,
    answer: Answer.list(Administration.auditEntry),
  },
];

/** Sending, and what became of it. */
export const sending: readonly Route[] = [
  {
    method: "post",
    path: "/v1/emails",
    tag: "Emails",
    auth: database,
    permission,
    idempotent: true,
    summary: "Send an email",
    description:
      "Once it is answered, the email reaches a final state. Mass mail (`kind: mass`) to several is one email for each, all of them or none accepted; whoever is suppressed, has opted out, is named twice or has no valid address is left out, with the reason.",
    body: Email.send,
    answer: EmailAnswer.accepted,
    errors: [...refusals, "daily_quota_exceeded", "database_paused", "limit_unavailable"],
  },
  {
    method: "post",
    path: "/v1/emails/preview",
    tag: "Emails",
    auth: database,
    permission,
    summary: "Preview who would send an email, and as whom",
    description: "Sends and stores nothing; says of each server why it was taken or not.",
    body: Email.send,
    answer: EmailAnswer.preview,
    errors: refusals,
  },
  {
    method: "get",
    path: "/v1/emails",
    tag: "Emails",
    auth: database,
    summary: "List the emails",
    description:
      "Newest first. A filter that little passes answers fewer than `limit` with `has_more`: go on after `cursor`.",
    query: Email.listQuery,
    answer: Answer.list(EmailAnswer.emailSummary, { cursor: Answer.apiKey.shape.id.nullable() }),
  },
  {
    method: "get",
    path: "/v1/emails/{id}",
    tag: "Emails",
    auth: database,
    summary: "Get an email",
    description: "With the state of each recipient and the timeline.",
    answer: EmailAnswer.email,
  },
  {
    method: "get",
    path: "/v1/emails/{id}/raw",
    tag: "Emails",
    auth: database,
    summary: "Get the MIME of an email",
    description: "Without Bcc.",
    answer: "message/rfc822",
    redirect: "It is above 4.4 MB: `Location` is a link that is good for five minutes.",
  },
  {
    method: "get",
    path: "/v1/usage",
    tag: "Usage",
    auth: database,
    summary: "Get the use of the daily limit",
    description: "In recipients of platform mail.",
    answer: usage,
  },
];

/** What takes no key. */
export const open: readonly Route[] = [
  {
    method: "get",
    path: "/v1/health",
    tag: "Service",
    auth: none,
    summary: "Ask whether the service answers",
    answer: Answer.health,
  },
  {
    method: "get",
    path: "/v1/openapi.json",
    tag: "Service",
    auth: none,
    summary: "Get this reference as OpenAPI",
    answer: Answer.document,
  },
  {
    method: "get",
    path: "/v1/files/{token}",
    tag: "Service",
    auth: none,
    summary: "Download an attachment",
    description:
      "Attachments over a server's size limit are links in the mail, which end with the email's retention; and the files of a message are in its notifications, for 90 days.",
    answer: "application/octet-stream",
    redirect: "It is above 4.4 MB: `Location` is a link that is good for five minutes.",
    errors: ["limit_unavailable", "internal_server_error"],
  },
  { method: "get", path: "/docs", tag: "Service", auth: none, summary: "Read this reference", answer: "text/html" },
];
