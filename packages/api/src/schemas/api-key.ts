import * as z from "zod";
import { notYet, text } from "./text.ts";

const name = text(100).meta({ description: "What the key is for." });

/** `POST /v1/api-keys` */
export const create = z.strictObject({
  name,
  permission: z.enum(["full_access", "sending_access", "read_access"]).default("full_access"),
  domain_id: notYet("a key cannot be bound to one domain"),
});

/** `PATCH /v1/api-keys/{id}` */
export const patch = z.strictObject({ name });
