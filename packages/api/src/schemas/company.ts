import * as z from "zod";
import { keepOld, keepOldQuery } from "./keep-old.ts";
import { id, text } from "./text.ts";

const name = text(200).meta({ description: "The display name of its mail without a From." });
const keeping = "Whether mail to the addresses of a domain it is the last to leave still comes in. Default true.";
const domain_id = id.nullable().meta({ description: "Its alias domain; null = the default domain." });

/** `POST /v1/companies` */
export const create = z.strictObject({
  name,
  domain_id: domain_id
    .optional()
    .meta({ description: "Its alias domain; null = the default domain. Default: the first in order." }),
});

/** `PATCH /v1/companies/{id}` */
export const patch = z.strictObject({
  name: name.optional(),
  domain_id: domain_id.optional(),
  keep_old: keepOld(keeping),
});

/** `DELETE /v1/companies/{id}` */
export const removeQuery = keepOldQuery(keeping);
