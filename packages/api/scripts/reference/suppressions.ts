import * as z from "zod";
import * as Schema from "../../src/schemas/suppression.ts";
import * as Answer from "./answers.ts";
import type { Route } from "./route.ts";

const database = "database" as const;
const tag = "Suppressions";

const count = z.number().int();
const time = z.iso.datetime();
const cursor = { cursor: z.string().nullable() };
const filtered = "A filter that little passes answers fewer than `limit` with `has_more`: go on after `cursor`.";

const entry = {
  email: z.string(),
  source_id: z.string().nullable().meta({ description: "The id of the email it comes from." }),
  created_at: time,
};

const suppression = z
  .strictObject({
    object: z.literal("suppression"),
    id: z.string().meta({ description: "Made of the address, so as personal as that." }),
    ...entry,
    scope: z.enum(["all", "mass"]),
    origin: z.enum(["bounce", "complaint", "soft_bounces", "manual", "import"]),
    reason: z.string().nullable().meta({ description: "Of whoever suppressed it, in words." }),
    until: time.nullable().meta({ description: "From when on it gets again what `scope` says; null = never." }),
    mass_until: time.nullable().meta({
      description: "From when on it gets mass mail again, which may be stopped for longer than all mail; null = never.",
    }),
  })
  .meta({ id: "Suppression" });

const optOut = z
  .strictObject({
    object: z.literal("opt_out"),
    id: z.string().meta({ description: "Made of the address, so as personal as that." }),
    ...entry,
    origin: z.enum(["one_click", "manual", "import"]),
  })
  .meta({ id: "OptOut" });

const batchAdded = z.strictObject({
  data: z.array(
    z.strictObject({
      object: z.literal("suppression"),
      id: z.string(),
      email: z.string(),
      added: z.boolean().meta({ description: "False where an entry that leaves out as much stays." }),
    }),
  ),
});
const batchRemoved = z.strictObject({
  data: z.array(
    z.strictObject({
      object: z.literal("suppression"),
      id: z.string(),
      deleted: z.boolean().meta({ description: "False where it was not on the list." }),
    }),
  ),
});

const imported = (object: string) =>
  z.strictObject({
    object: z.literal(object),
    dry_run: z.boolean(),
    added: count.meta({ description: "Put on the suppression list." }),
    opted_out: count.meta({ description: "Put on the list of opt-outs." }),
    already_there: count.meta({ description: "There with an entry that leaves out as much." }),
    duplicates: count.meta({ description: "Addresses that a line before had." }),
    invalid: count,
    problems: z
      .array(z.strictObject({ line: count, reason: z.string() }))
      .meta({ description: "The first 100 of the invalid lines." }),
    next_line: count.nullable().meta({ description: "Not all was done: send it again with this `from_line`." }),
  });

const importErrors = ["invalid_parameter", "request_too_large", "limit_unavailable"] as const;
const more = { status: 202, description: "There was too much for one call: go on from `next_line`." };
const columns =
  "CSV as Amazon SES, SendGrid, Mailgun, Postmark, Brevo, Mailchimp, Mailjet and SparkPost export it: the columns of address, reason and date are found by their names; commas, semicolons or tabs, quotes and a byte order mark are read, and so is a list of addresses without a header. At most 100,000 lines and 6 MB a call. Sent again it adds only what is missing. No webhook is told of it.";

/** Who is not mailed. */
export const suppressions: readonly Route[] = [
  {
    method: "post",
    path: "/v1/suppressions",
    tag,
    auth: database,
    idempotent: true,
    summary: "Suppress an address",
    description:
      "200 and the entry that is there already, where that leaves out as much for as long. Else what is asked stands beside what is there: a stop of all mail and one of mass mail end each for itself, and the entry shows the wider of the two.",
    body: Schema.add,
    status: 201,
    also: { status: 200, description: "It was on the list already." },
    answer: suppression,
    errors: ["limit_unavailable"],
  },
  {
    method: "post",
    path: "/v1/suppressions/batch/add",
    tag,
    auth: database,
    idempotent: true,
    summary: "Suppress up to 100 addresses",
    description: "One that is no address refuses all.",
    body: Schema.addBatch,
    answer: batchAdded,
    errors: ["limit_unavailable"],
  },
  {
    method: "post",
    path: "/v1/suppressions/batch/remove",
    tag,
    auth: database,
    summary: "Take up to 100 addresses off the list",
    body: Schema.removeBatch,
    answer: batchRemoved,
    errors: ["limit_unavailable"],
  },
  {
    method: "post",
    path: "/v1/suppressions/import",
    tag,
    auth: database,
    idempotent: true,
    summary: "Import the suppression list of another provider",
    description: `${columns} Who has unsubscribed there goes to the opt-outs.`,
    query: Schema.importQuery,
    bodyType: "text/csv",
    also: more,
    answer: imported("suppression_import").meta({ id: "SuppressionImport" }),
    errors: importErrors,
  },
  {
    method: "get",
    path: "/v1/suppressions",
    tag,
    auth: database,
    summary: "List the suppressed addresses",
    description: `By address. ${filtered}`,
    query: Schema.list,
    answer: Answer.list(suppression, cursor),
  },
  {
    method: "get",
    path: "/v1/suppressions/{id}",
    tag,
    auth: database,
    summary: "Get a suppressed address",
    description: "By its id or the address itself.",
    answer: suppression,
  },
  {
    method: "patch",
    path: "/v1/suppressions/{id}",
    tag,
    auth: database,
    summary: "Give a suppression an end",
    description:
      "By its id or the address itself. It is that of the stop the entry shows; one of mass mail beneath it keeps its own.",
    body: Schema.patch,
    answer: suppression,
    errors: ["limit_unavailable"],
  },
  {
    method: "delete",
    path: "/v1/suppressions/{id}",
    tag,
    auth: database,
    summary: "Take an address off the list",
    description: "By its id or the address itself. It is mailed again, and may be suppressed again.",
    answer: Answer.deleted("suppression"),
    errors: ["limit_unavailable"],
  },
  {
    method: "post",
    path: "/v1/opt-outs",
    tag,
    auth: database,
    idempotent: true,
    summary: "Opt an address out of mass mail",
    body: Schema.optOut,
    status: 201,
    also: {
      status: 200,
      description:
        "It had opted out already. By a link: from now on no link takes that back, and `origin` says `manual`.",
    },
    answer: optOut,
    errors: ["limit_unavailable"],
  },
  {
    method: "post",
    path: "/v1/opt-outs/import",
    tag,
    auth: database,
    idempotent: true,
    summary: "Import a list of those who have unsubscribed",
    description: `Every line opts an address out, whatever else it says. ${columns}`,
    query: Schema.optOutImportQuery,
    bodyType: "text/csv",
    also: more,
    answer: imported("opt_out_import").meta({ id: "OptOutImport" }),
    errors: importErrors,
  },
  {
    method: "get",
    path: "/v1/opt-outs",
    tag,
    auth: database,
    summary: "List who has opted out of mass mail",
    description: `By address. ${filtered}`,
    query: Schema.listOptOuts,
    answer: Answer.list(optOut, cursor),
  },
  {
    method: "get",
    path: "/v1/opt-outs/{id}",
    tag,
    auth: database,
    summary: "Get an opt-out",
    description: "By its id or the address itself.",
    answer: optOut,
  },
  {
    method: "delete",
    path: "/v1/opt-outs/{id}",
    tag,
    auth: database,
    summary: "Let an address have mass mail again",
    description: "By its id or the address itself.",
    answer: Answer.deleted("opt_out"),
    errors: ["limit_unavailable"],
  },
];
