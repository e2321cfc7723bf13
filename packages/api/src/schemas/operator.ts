import * as z from "zod";
import { text } from "./text.ts";

const name = text(64).min(1);
const limit = z.number().int().min(0).max(1_000_000_000);

/** `PATCH /v1/operator/settings`: entries that are not named stay. */
export const patch = z
  .strictObject({
    plans: z.record(name, limit).meta({ description: "Recipients a day by plan. A plan stays once it is named." }),
    apps: z
      .record(name, limit.nullable())
      .meta({ description: "Recipients a day an installed app brings; null takes its value away." }),
    reset_utc: z
      .string()
      .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, "is to be a time of day as 23:00")
      .meta({ description: "When the day of the daily limits ends, UTC." }),
    custom_email_servers: z
      .record(name, z.boolean())
      .meta({ description: "False = databases of that plan send over the platform only." }),
  })
  .partial();
