import { acceptFrom } from "@posthouse/core/alias/record";
import * as z from "zod";
import * as Schema from "../../src/schemas/alias.ts";
import { pageQuery } from "../../src/schemas/page.ts";
import * as Answer from "./answers.ts";
import type { Route } from "./route.ts";

const auth = "database" as const;
const tag = "Aliases";
const time = z.iso.datetime();

const alias = z
  .strictObject({
    object: z.literal("alias"),
    id: z.string(),
    address: z.string(),
    name: z.string(),
    domain: z.string().meta({ description: "The id of its alias domain." }),
    model: z.string(),
    record_id: z.string().nullable().meta({ description: "Null = each mail makes a new record." }),
    accept_from: z.enum(acceptFrom),
    refusal: z.string().nullable(),
    created_at: time,
    last_mail_at: time.nullable().meta({ description: "When mail last came through it, to the minute." }),
  })
  .meta({ id: "Alias" });

/** The routes of mail that comes in. */
export const aliases: readonly Route[] = [
  {
    method: "post",
    path: "/v1/aliases",
    idempotent: true,
    tag,
    auth,
    summary: "Make a routing alias",
    description:
      "Mail to its address becomes an entry of the record named, or a new record of the model. An address has one route, and is none of a domain's own. A database has 10,000 at most.",
    body: Schema.create,
    status: 201,
    answer: alias,
    errors: ["conflict"],
  },
  {
    method: "get",
    path: "/v1/aliases",
    tag,
    auth,
    summary: "List the routing aliases",
    description: "In the order of their addresses.",
    query: pageQuery,
    answer: Answer.list(alias),
  },
  { method: "get", path: "/v1/aliases/{id}", tag, auth, summary: "Get a routing alias", answer: alias },
  {
    method: "patch",
    path: "/v1/aliases/{id}",
    tag,
    auth,
    summary: "Change a routing alias",
    description: "Its address too: then mail to the old one finds no route. Its id stays.",
    body: Schema.patch,
    answer: alias,
    errors: ["conflict"],
  },
  {
    method: "delete",
    path: "/v1/aliases/{id}",
    tag,
    auth,
    summary: "Delete a routing alias",
    description: "Mail to it finds no route from this moment on.",
    answer: Answer.deleted("alias"),
    errors: ["conflict"],
  },
];
