import * as z from "zod";
import * as Schema from "../../src/schemas/incoming-server.ts";
import { pageQuery } from "../../src/schemas/page.ts";
import * as Answer from "./answers.ts";
import type { Route } from "./route.ts";

const time = z.iso.datetime();
const { encryption, authentication, after } = Schema.create.shape;
const problems = ["host_not_found", "no_answer", "refused", "tls", "authentication", "mailbox", "protocol"] as const;

const server = z
  .strictObject({
    object: z.literal("incoming_server"),
    id: z.string(),
    name: z.string(),
    host: z.string(),
    port: z.number().int(),
    encryption: encryption.unwrap(),
    authentication: authentication.unwrap(),
    username: z.string(),
    secrets_set: z.array(z.string()).meta({ description: "Names of the secrets that are set." }),
    mailbox: z.string(),
    address: z.string(),
    after: after.unwrap(),
    active: z.boolean(),
    poll_minutes: z.number().int(),
    last_polled_at: time.nullable(),
    last_mail_at: time.nullable(),
    last_error: z
      .strictObject({
        class: z.enum([...problems, "internal"]),
        reply: z.string().meta({ description: "The server's own words." }),
        at: time,
      })
      .nullable()
      .meta({ description: "What went wrong at the last look; null = nothing." }),
    last_skipped: z
      .strictObject({ uid: z.number().int(), reason: z.enum(["too_large", "unreadable"]), at: time })
      .nullable()
      .meta({
        description: "The last mail that was left in its mailbox: larger than 40 MB, or ten looks ended at it.",
      }),
    failing_since: time.nullable(),
    next_poll_at: time.nullable().meta({ description: "Null while it is not active." }),
    created_at: time,
    warnings: z.array(
      z.strictObject({
        name: z.enum(["failing_for_a_week", "certificate_unchecked", "database_not_live"]),
        message: z.string(),
      }),
    ),
  })
  .meta({ id: "IncomingServer" });

const tested = z
  .strictObject({
    object: z.literal("incoming_server_test"),
    ok: z.boolean(),
    steps: z
      .array(
        z.strictObject({
          step: z.enum(["connect", "tls", "auth", "select"]),
          ok: z.boolean(),
          reply: z.string().meta({ description: "The server's own words." }),
          class: z.enum(problems).nullable(),
          ms: z.number().int(),
        }),
      )
      .meta({ description: "As far as it came." }),
    note: z.string(),
  })
  .meta({ id: "IncomingServerTest" });

const path = "/v1/incoming-servers";
const whose = { tag: "Incoming servers", auth: "database" } as const;
const testsAtMost = "Nothing is fetched or changed. A database may test ten times at once, then once in six seconds.";

/** Mailboxes elsewhere that mail is fetched from. */
export const incomingServers: readonly Route[] = [
  {
    ...whose,
    method: "post",
    path,
    idempotent: true,
    summary: "Make an incoming server",
    description: "A mailbox that mail is fetched from over IMAP, encrypted always. A database has 20 at most.",
    body: Schema.create,
    status: 201,
    answer: server,
    errors: ["port_not_allowed", "conflict"],
  },
  {
    ...whose,
    method: "get",
    path,
    summary: "List the incoming servers",
    description: "Newest first.",
    query: pageQuery,
    answer: Answer.list(server),
  },
  {
    ...whose,
    method: "post",
    path: `${path}/test`,
    summary: "Test an incoming server that is not stored",
    description: testsAtMost,
    body: Schema.test,
    answer: tested,
    errors: ["port_not_allowed", "rate_limit_exceeded"],
  },
  {
    ...whose,
    method: "post",
    path: `${path}/{id}/test`,
    summary: "Test an incoming server",
    description: `With its stored secrets. ${testsAtMost}`,
    answer: tested,
    errors: ["conflict", "rate_limit_exceeded"],
  },
  { ...whose, method: "get", path: `${path}/{id}`, summary: "Get an incoming server", answer: server },
  {
    ...whose,
    method: "patch",
    path: `${path}/{id}`,
    summary: "Change an incoming server",
    description:
      "Secrets are given again where they would go elsewhere. Another host, port, username or folder is read from its unread mail on.",
    body: Schema.patch,
    answer: server,
    errors: ["port_not_allowed", "conflict"],
  },
  {
    ...whose,
    method: "delete",
    path: `${path}/{id}`,
    summary: "Delete an incoming server",
    description: "What is in its mailbox stays there.",
    answer: Answer.deleted("incoming_server"),
  },
];
