import * as z from "zod";
import { id, text } from "./text.ts";

const name = text(100).meta({ description: "What the key is for." });
const expires_at = z.iso
  .datetime({ offset: true })
  .nullable()
  .optional()
  .meta({ description: "When it ends; null or absent = never." });

/** `POST /v1/api-keys` */
export const create = z
  .strictObject({
    name,
    permission: z.enum(["full_access", "sending_access", "read_access"]).default("full_access"),
    domains: z
      .array(text(253).min(1))
      .max(50)
      .optional()
      .meta({ description: "Ids or names of alias domains: mail goes out from them only. With `sending_access`." }),
    domain_id: id.optional().meta({ description: "The same for one domain, as the Resend API has it." }),
    expires_at,
  })
  .refine(({ domains, domain_id }) => domains === undefined || domain_id === undefined, {
    message: "Give `domains` or `domain_id`, not both",
    path: ["domain_id"],
  });

/** `PATCH /v1/api-keys/{id}` */
export const patch = z.strictObject({ name });

/** `POST /v1/operator/api-keys` */
export const createOperators = z.strictObject({ name, expires_at });
