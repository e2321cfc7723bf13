import * as z from "zod";
import { id } from "./text.ts";

/** `GET /v1/doctor` */
export const query = z.strictObject({
  probe: id
    .optional()
    .meta({ description: "How the mail and the jobs of an earlier examination stand, and nothing else." }),
});
