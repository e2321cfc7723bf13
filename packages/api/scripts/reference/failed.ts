import * as FailedEmail from "../../src/schemas/failed-email.ts";
import * as EmailAnswer from "./email.ts";
import type { Route } from "./route.ts";

const database = "database" as const;

/** Mail that failed: the red envelope. */
export const failed: readonly Route[] = [
  {
    method: "post",
    path: "/v1/emails/{id}/retry",
    tag: "Emails",
    auth: database,
    idempotent: true,
    summary: "Try an email again",
    description:
      "Opens a new attempt for recipients that failed or bounced; the others keep their states, and the timeline the old attempt. The daily limit is counted again: full, it is refused, or held, as `on_limit` says. Suppressed recipients are left out and named. Where it is not known what became of the last attempt, the timeline says that the new one may be a duplicate.",
    body: FailedEmail.retry,
    answer: EmailAnswer.emailRetried,
    errors: ["conflict", "daily_quota_exceeded", "database_paused", "limit_unavailable"],
  },
  {
    method: "post",
    path: "/v1/emails/retry",
    tag: "Emails",
    auth: database,
    idempotent: true,
    summary: "Try all emails with failures again",
    description:
      "Those with `attention`, oldest first, at most 100 a call; with `has_more`, go on `after` the `cursor`. With an idempotency key each is tried again once, also where it fails anew before the call is repeated; the next call takes a key of its own. What cannot be is in `refused` with its reason; at the daily limit the call ends.",
    body: FailedEmail.retryAll,
    answer: EmailAnswer.emailsRetried,
    errors: ["concurrent_idempotent_requests", "daily_quota_exceeded", "database_paused", "limit_unavailable"],
  },
  {
    method: "post",
    path: "/v1/emails/{id}/dismiss",
    tag: "Emails",
    auth: database,
    summary: "Dismiss the failures of an email",
    description: "Takes it out of `attention`; the states stay. Dismissed again it answers the same.",
    answer: EmailAnswer.emailDismissed,
    errors: ["conflict"],
  },
];
