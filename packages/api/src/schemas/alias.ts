import { longestRefusal } from "@posthouse/core/alias/draft";
import { acceptFrom } from "@posthouse/core/alias/record";
import * as z from "zod";
import { id, text } from "./text.ts";

const name = text(320).meta({ description: "What stands before the @; cleaned as the aliases of a domain are." });
const model = text(100).min(1).meta({ description: "What its mail becomes, as `helpdesk.ticket`." });
const fields = {
  record_id: z
    .union([text(100).min(1), z.int().transform(String).pipe(z.string())])
    .nullable()
    .optional()
    .meta({ description: "The record its mail is an entry of; null = each mail makes a new record. Default null." }),
  accept_from: z.enum(acceptFrom).optional().meta({
    description:
      "Who may write to it: everyone; known = whom the database has mailed, its users and followers; followers = those of the record. Default everyone.",
  }),
  refusal: text(longestRefusal)
    .nullable()
    .optional()
    .meta({ description: "What a sender who may not is told; null = the usual words." }),
};
const domain = id.optional().meta({ description: "The id of its alias domain. Default: that of the first company." });

/** `POST /v1/aliases` */
export const create = z.strictObject({ name, domain, model, ...fields });

/** `PATCH /v1/aliases/{id}` */
export const patch = create.partial();

/** An alias in `PUT /v1/import`: its domain by reference. */
export const entry = z.strictObject({
  name,
  domain: text(260)
    .min(1)
    .nullable()
    .optional()
    .meta({ description: "The name of one of `domains`; null = the default one." }),
  model,
  ...fields,
});
