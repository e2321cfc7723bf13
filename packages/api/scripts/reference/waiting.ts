import * as Email from "../../src/schemas/email.ts";
import * as RawEmail from "../../src/schemas/raw-email.ts";
import * as EmailAnswer from "./email.ts";
import type { Route } from "./route.ts";

const database = "database" as const;

/** A message of the application's own, and mail that waits. */
export const waiting: readonly Route[] = [
  {
    method: "post",
    path: "/v1/emails/raw",
    tag: "Emails",
    auth: database,
    permission: "sending_access",
    idempotent: true,
    summary: "Send a message as it is",
    description:
      "An RFC 5322 message, its envelope in the query. Its body goes out to the octet (line ends apart), its fields in their order; changed are From where it is overridden, Reply-To where there is none, Message-ID and References; Bcc, Sender, Return-Path, Received, Resent-*, DKIM-*, ARC-*, Authentication-Results, X-SES-*, X-Posthouse-*, and on mass mail List-*, Precedence and X-Auto-Response-Suppress are taken out. Refused is what readers might read differently: fields there may be one of and are two, a blank before a colon, control characters, lines over 998 octets. A request is at most 6 MB as Lambda counts it, in base64: 4.5 MB of message. No links are made of its attachments: over its server's size it is refused.",
    query: RawEmail.send,
    bodyType: "message/rfc822",
    answer: EmailAnswer.accepted,
    errors: [
      "missing_required_field",
      "request_too_large",
      "invalid_from_address",
      "invalid_header",
      "unknown_server",
      "inactive_server",
      "email_too_large",
      "from_not_allowed",
      "server_not_yours",
      "daily_quota_exceeded",
      "database_paused",
      "limit_unavailable",
      "invalid_idempotency_key",
      "invalid_idempotent_request",
    ],
  },
  {
    method: "patch",
    path: "/v1/emails/{id}",
    tag: "Emails",
    auth: database,
    summary: "Reschedule an email",
    description: "As long as it is scheduled. Earlier or later, at most 30 days ahead.",
    body: Email.patch,
    answer: EmailAnswer.emailChanged,
    errors: ["conflict"],
  },
  {
    method: "post",
    path: "/v1/emails/{id}/cancel",
    tag: "Emails",
    auth: database,
    summary: "Cancel an email",
    description:
      "At any time before it is handed over: scheduled, queued, held or deferred. Recipients that have it, or never will, stay as they are; the share of the others in the daily limit is given back. Canceled again it answers the same.",
    answer: EmailAnswer.emailChanged,
    errors: ["not_cancelable", "conflict"],
  },
];
