import { mail } from "./breaks/mail.ts";
import { permission } from "./breaks/permission.ts";
import { run } from "./breaks/run.ts";
import { watch } from "./breaks/watch.ts";
import type { CheckName } from "./check/all.ts";

/** Something broken in the source of the infrastructure, and the check that has to find it. */
export interface Break {
  readonly name: string;
  /** Under the repository. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly check: CheckName;
  readonly finds: string;
}

/** Ways to break a deploy that the compiler has nothing against. None is in the way of another: they are tried at once. */
export const breaks: readonly Break[] = [
  ...mail,
  ...permission,
  ...run,
  ...watch,
  {
    name: "a permission is taken away",
    file: "infra/workers.ts",
    from: "    Permission.mail,\n",
    to: "",
    check: "permission",
    finds: "Dispatch needs ses:SendEmail",
  },
  {
    name: "a permission is not needed",
    file: "infra/workers.ts",
    from: 'permissions: [Permission.store, Permission.vault("Decrypt"), Permission.send(webhook)',
    to: 'permissions: [Permission.store, Permission.account, Permission.vault("Decrypt"), Permission.send(webhook)',
    check: "permission",
    finds: "Deliver never uses ses:GetAccount",
  },
  {
    name: "a permission is for everything",
    file: "infra/permission.ts",
    from: '"dynamodb:GetItem",',
    to: '"dynamodb:GetItem", "dynamodb:*",',
    check: "permission",
    finds: "Api may do dynamodb:*",
  },
  {
    name: "a queue has no dead letters",
    file: "infra/queues.ts",
    from: "    dlq: { queue: dead.arn, retry },\n",
    to: "",
    check: "queue",
    finds: "WebhookQueueQueue has no dead-letter queue",
  },
  {
    name: "a handler has another name",
    file: "infra/function.ts",
    from: "handler: `functions/${file}.handler`",
    to: "handler: `functions/${file}.handle`",
    check: "handler",
    finds: "Tick has the handler tick.handle",
  },
  {
    name: "a message is shown again too soon",
    file: "infra/queues.ts",
    from: "`${timeout * 6} seconds`",
    to: "`${timeout * 5} seconds`",
    check: "queue",
    finds: "shows a message again",
  },
  {
    name: "logs are kept for ever",
    file: "infra/function.ts",
    from: 'retention: isPermanent ? "3 months" : "1 week"',
    to: 'retention: "forever"',
    check: "log",
    finds: "ApiLogGroup keeps logs for ever",
  },
  {
    name: "a variable is misspelt",
    file: "infra/stage.ts",
    from: "POSTHOUSE_PUBLIC_URL:",
    to: "POSTHOUSE_PUBLIC_URI:",
    check: "environment",
    finds: "Api never reads POSTHOUSE_PUBLIC_URI",
  },
  {
    name: "a secret is in the environment",
    file: "infra/function.ts",
    from: "environment: { ...environment,",
    to: "environment: { ...environment, POSTHOUSE_RELAY: platformSmtpUrl.value,",
    check: "secret",
    finds: "environment of ApiFunction",
  },
  {
    name: "the bucket is public",
    file: "infra/storage.ts",
    from: "  enforceHttps: true,\n",
    to: '  enforceHttps: true,\n  access: "public",\n',
    check: "open",
    finds: "BodiesBucket may be made public",
  },
  {
    name: "a circle is stopped",
    file: "infra/workers.ts",
    from: "  memory: 1_024,\n  loops: true,\n",
    to: "  memory: 1_024,\n",
    check: "loop",
    finds: "Dispatch sends to a queue that leads back to it",
  },
  {
    name: "a function reads another's queue",
    file: "infra/workers.ts",
    from: "read(webhook, teller,",
    to: "read(webhook, recorder,",
    check: "wiring",
    finds: "only on AWS: WebhookQueue → feedback",
  },
  {
    name: "the API is reached past the web ACL",
    file: "infra/api.ts",
    from: "createAlias: () => []",
    to: "",
    check: "front",
    finds: "api.mail.example.com A leads past the web ACL",
  },
  {
    name: "an index is missing",
    file: "infra/storage.ts",
    from: '["due", "list", "mark", "recipient"]',
    to: '["due", "list", "recipient"]',
    check: "table",
    finds: "the table lacks mark",
  },
  {
    name: "an alarm is gone",
    file: "infra/alarms.ts",
    from: "  alarm(`${name}Age`, {",
    to: '  if (name !== "FeedbackQueue") alarm(`${name}Age`, {',
    check: "alarm",
    finds: "ApproximateAgeOfOldestMessage of FeedbackQueueQueue",
  },
];
