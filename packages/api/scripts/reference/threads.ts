import * as z from "zod";
import { pageQuery } from "../../src/schemas/page.ts";
import * as Schema from "../../src/schemas/thread.ts";
import * as Posting from "../../src/schemas/thread-message.ts";
import * as Answer from "./answers.ts";
import * as Message from "./messages.ts";
import { refusals } from "./operation.ts";
import type { Route } from "./route.ts";

const database = "database" as const;
const tag = "Threads";
const record = "/v1/threads/{model}/{record_id}";

const time = z.iso.datetime();
const nullable = z.string().nullable();
const cursor = { cursor: nullable };

const thread = z
  .strictObject({
    object: z.literal("thread"),
    id: z.string(),
    model: z.string(),
    record_id: z.string(),
    name: nullable,
    company: nullable.meta({ description: "A company's id; null = the database's first." }),
    alias: nullable.meta({ description: "The address that answers come back to; null = the catchall." }),
    new: z.boolean().meta({
      description:
        "A mail to a routing alias made it, and its record is not known yet: `record_id` is the received mail's id until that is confirmed with the record's.",
    }),
    followers: z.number().int(),
    created_at: time,
  })
  .meta({ id: "Thread" });

const follower = z
  .strictObject({
    object: z.literal("follower"),
    address: z.string(),
    name: nullable,
    user: z.boolean(),
    notify: z.enum(["email", "inbox"]).nullable().meta({ description: "Null = the user's own preference." }),
    subtypes: z.array(z.string()),
    created_at: time,
  })
  .meta({ id: "Follower" });

const user = z
  .strictObject({
    object: z.literal("user"),
    address: z.string(),
    name: nullable,
    notify: z.enum(["email", "inbox"]),
    created_at: time,
  })
  .meta({ id: "User" });

const entry = z
  .strictObject({
    object: z.literal("inbox_entry"),
    id: z.string(),
    user: z.string(),
    created_at: time,
    read_at: time.nullable().meta({ description: "Null = not yet." }),
    thread: z.strictObject({ model: z.string(), record_id: z.string(), name: nullable }),
    message: z.strictObject({
      id: z.string(),
      author: Message.author,
      subject: nullable,
      subtype: z.string(),
      excerpt: z.string().meta({ description: "At most 200 characters." }),
    }),
  })
  .meta({ id: "InboxEntry" });

const removed = (object: string) =>
  z.strictObject({ object: z.literal(object), address: z.string(), deleted: z.literal(true) });

/** Conversations on records, who follows them, and what users are told. */
export const threads: readonly Route[] = [
  {
    method: "put",
    path: record,
    tag,
    auth: database,
    summary: "Make a thread, or change it",
    description:
      "The conversation on a record of yours, named by its model (e.g. `helpdesk.ticket`) and its id there. What is not given stays.",
    body: Schema.put,
    answer: thread,
    errors: ["limit_unavailable"],
  },
  { method: "get", path: record, tag, auth: database, summary: "Get a thread", answer: thread },
  {
    method: "delete",
    path: record,
    tag,
    auth: database,
    summary: "Delete a thread",
    description:
      "With its messages, followers and files; answers to it attach to nothing from now on. Emails that told of its messages are kept as any email is.",
    answer: Answer.deleted("thread"),
    errors: ["limit_unavailable"],
  },
  {
    method: "get",
    path: `${record}/followers`,
    tag,
    auth: database,
    summary: "List the followers of a thread",
    description: "By address.",
    query: Schema.listByAddress,
    answer: Answer.list(follower, cursor),
  },
  {
    method: "get",
    path: `${record}/followers/{address}`,
    tag,
    auth: database,
    summary: "Get a follower",
    answer: follower,
  },
  {
    method: "put",
    path: `${record}/followers/{address}`,
    tag,
    auth: database,
    summary: "Have somebody follow a thread, or change how",
    description:
      "The thread is made where there is none; at most 5,000 follow it. What is not given stays. Whoever is no user, a customer for one, is told by email alone.",
    body: Schema.follow,
    answer: follower,
    errors: ["conflict", "limit_unavailable"],
  },
  {
    method: "delete",
    path: `${record}/followers/{address}`,
    tag,
    auth: database,
    summary: "Let somebody follow a thread no more",
    answer: removed("follower"),
    errors: ["limit_unavailable"],
  },
  {
    method: "get",
    path: `${record}/messages`,
    tag,
    auth: database,
    summary: "List the messages of a thread",
    description:
      "Oldest first, for 400 days, each with what became of telling it. Long texts are cut, and where messages are large a page has fewer than `limit`: go on after `cursor` while `has_more`.",
    query: pageQuery,
    answer: Answer.list(Message.message, cursor),
  },
  {
    method: "post",
    path: `${record}/messages`,
    tag,
    auth: database,
    permission: "sending_access",
    idempotent: true,
    status: 201,
    summary: "Post a message on a record",
    description:
      "The thread is made where there is none. The message is stored once and told to its followers, each once, but to its author: users by email or in their inbox, anybody else by email; a `note` to users alone. A notification comes from the author, by the rules every email goes by; answers to it come back to the thread, and its files are links to download them, good for 90 days. Emails are accepted in batches: with `on_limit: reject` those for which the daily limit has room, and `notifications.not_sent` says who is not told. Of very many followers the rest, `pending`, is told after the answer.",
    body: Posting.post,
    answer: Message.posted,
    errors: [...refusals, "conflict", "database_paused", "limit_unavailable"],
  },
  {
    method: "get",
    path: `${record}/messages/{id}`,
    tag,
    auth: database,
    summary: "Get a message",
    description: "With its texts, each up to 1 MB.",
    answer: Message.message,
  },
  {
    method: "get",
    path: `${record}/messages/{id}/notifications`,
    tag,
    auth: database,
    summary: "List the emails that tell of a message",
    query: pageQuery,
    answer: Answer.list(Message.notification, cursor),
  },
  {
    method: "get",
    path: `${record}/messages/{id}/attachments/{n}`,
    tag,
    auth: database,
    summary: "Download an attachment of a message",
    description: "By its `n`.",
    answer: "application/octet-stream",
    redirect: "It is above 4.4 MB: `Location` is a link that is good for five minutes.",
  },
  {
    method: "get",
    path: "/v1/users",
    tag: "Users",
    auth: database,
    summary: "List the users",
    description: "By address.",
    query: Schema.listByAddress,
    answer: Answer.list(user, cursor),
  },
  { method: "get", path: "/v1/users/{address}", tag: "Users", auth: database, summary: "Get a user", answer: user },
  {
    method: "put",
    path: "/v1/users/{address}",
    tag: "Users",
    auth: database,
    summary: "Make a user, or change how they are told",
    description:
      "Users have an account in the application, so an inbox there and internal notes. What is not given stays.",
    body: Schema.user,
    answer: user,
    errors: ["limit_unavailable"],
  },
  {
    method: "delete",
    path: "/v1/users/{address}",
    tag: "Users",
    auth: database,
    summary: "Let somebody be a user no more",
    description: "Where they follow, they are told by email from now on.",
    answer: removed("user"),
    errors: ["limit_unavailable"],
  },
  {
    method: "get",
    path: "/v1/inbox",
    tag: "Inbox",
    auth: database,
    summary: "List a user's inbox",
    description:
      "Newest first, for 400 days. With `unread=true` it may answer fewer than `limit` with `has_more`: go on after `cursor`.",
    query: Schema.inbox,
    answer: Answer.list(entry, cursor),
  },
  {
    method: "post",
    path: "/v1/inbox/{id}/read",
    tag: "Inbox",
    auth: database,
    summary: "Mark an entry of an inbox as read",
    description: "Repeated, it answers the same.",
    answer: entry,
    errors: ["limit_unavailable"],
  },
];
