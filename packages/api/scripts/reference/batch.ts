import { modeHeader } from "../../src/routes/batch-emails.ts";
import * as BatchEmail from "../../src/schemas/batch-email.ts";
import * as EmailAnswer from "./email.ts";
import { refusals } from "./operation.ts";
import type { Route } from "./route.ts";

/** Many mails at once. */
export const batch: readonly Route[] = [
  {
    method: "post",
    path: "/v1/emails/batch",
    tag: "Emails",
    auth: "database",
    permission: "sending_access",
    idempotent: true,
    header: { name: modeHeader, schema: BatchEmail.mode, description: "Default: `strict`." },
    summary: "Send up to 100 emails",
    description:
      "Each by the rules of a single one. `strict`: one wrong entry refuses all, named by its `index`, and so does a daily limit that has no room for all; nothing is sent. `permissive`: what is right and has room, in the order given, is sent, and `errors` says of the rest why not. With `on_limit: hold` nothing is refused for want of room, but held, unless it is larger than the whole limit. `data` has those that were accepted, in order.",
    body: BatchEmail.send,
    answer: EmailAnswer.batch,
    errors: [...refusals, "conflict", "daily_quota_exceeded", "database_paused", "limit_unavailable"],
  },
];
