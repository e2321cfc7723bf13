import * as z from "zod";
import { line } from "./text.ts";

/** `POST /v1/erasures` */
export const create = z.strictObject({
  address: line(320).meta({ description: "One bare address: the recipient that is forgotten." }),
  suppressions: z.boolean().optional().meta({
    description: "Its suppression and opt-out go too: it may be mailed again then. Default: they stay.",
  }),
});
